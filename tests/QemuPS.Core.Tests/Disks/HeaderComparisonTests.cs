using QemuPS.Disks;
using Xunit.Abstractions;

namespace QemuPS.Tests.Disks;

public sealed class HeaderComparisonTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("qpsheaders").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_value_of_every_image_is_what_qemu_img_says()
    {
        var recipes = ImageCatalogue.All().ToList();
        Assert.Equal(recipes.Count, recipes.DistinctBy(recipe => recipe.Name).Count());

        var results = recipes.AsParallel().WithDegreeOfParallelism(2).SelectMany(Compare).ToList();

        var fields = results.Sum(result => result.Fields);
        var mismatches = results.SelectMany(result => result.Differences).ToList();
        output.WriteLine($"{recipes.Count} images, {results.Count} descriptions, {fields} fields, {mismatches.Count} mismatches");
        foreach (var group in recipes.GroupBy(recipe => recipe.Format)) output.WriteLine($"  {group.Key}: {group.Count()} images");
        Assert.True(mismatches.Count == 0, string.Join('\n', mismatches.Take(50)));
    }

    // As it is found, with its format given, and the whole chain.
    private IEnumerable<Comparison> Compare(ImageRecipe recipe)
    {
        var path = recipe.MakeIn(_folder);
        yield return Compare(path, ReadHeader(path, null), QemuImgInfo($"-U {path}"));
        yield return Compare(path, ReadHeader(path, recipe.Format), QemuImgInfo($"-U -f {recipe.Format} {path}"));
        if (!recipe.Name.StartsWith("chain-", StringComparison.Ordinal)) yield break;

        var chain = DiskReader.ReadChainAsync(path, NoFeedback.Instance, CancellationToken.None).Result;
        IReadOnlyList<QemuDisk> ours = [chain with { Chain = [] }, .. chain.Chain];
        var theirs = JsonObjects(QemuImgInfo($"--backing-chain -U {path}"));
        Assert.Equal(theirs.Count, ours.Count);
        foreach (var (our, their) in ours.Zip(theirs)) yield return Compare(path, our, their);
    }

    private static QemuDisk ReadHeader(string path, string? format) =>
        DiskReader.TryReadHeader(path, format, out var disk) ? disk : throw new InvalidOperationException($"The header of '{path}' was not enough.");

    private string QemuImgInfo(string arguments) => ImageRecipe.Run(_folder, $"qemu-img info --output=json {arguments}");

    private static List<string> JsonObjects(string json)
    {
        using var document = System.Text.Json.JsonDocument.Parse(json);
        return [.. document.RootElement.EnumerateArray().Select(image => image.GetRawText())];
    }

    private static Comparison Compare(string path, QemuDisk ours, string json)
    {
        var theirs = DiskInfo.Parse(ours.Path, json);
        var comparison = new Comparison(Path.GetFileName(path));
        comparison.Add("Raw", ours.Raw, theirs.Raw);
        foreach (var property in typeof(QemuDisk).GetProperties().Where(property => property.Name != nameof(QemuDisk.Raw)))
        {
            comparison.Add(property.Name, property.GetValue(ours), property.GetValue(theirs));
        }

        return comparison;
    }

    private sealed class Comparison(string image)
    {
        public int Fields { get; private set; }

        public List<string> Differences { get; } = [];

        public void Add(string name, object? ours, object? theirs)
        {
            switch (ours, theirs)
            {
                case (IReadOnlyDictionary<string, object?> a, IReadOnlyDictionary<string, object?> b):
                    foreach (var key in a.Keys.Union(b.Keys)) Add($"{name}.{key}", a.GetValueOrDefault(key), b.GetValueOrDefault(key));
                    break;
                case (System.Collections.IList a, System.Collections.IList b):
                    for (var i = 0; i < Math.Max(a.Count, b.Count); i++) Add($"{name}[{i}]", i < a.Count ? a[i] : null, i < b.Count ? b[i] : null);
                    break;
                default:
                    Fields++;
                    if (!Equals(ours, theirs)) Differences.Add($"{image}: {name} is {ours ?? "null"} ({ours?.GetType().Name}), qemu-img says {theirs ?? "null"} ({theirs?.GetType().Name})");
                    break;
            }
        }
    }
}
