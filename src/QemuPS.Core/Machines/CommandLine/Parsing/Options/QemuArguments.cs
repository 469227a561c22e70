namespace QemuPS.Machines;

/// <summary>Takes QEMU's arguments apart into options.</summary>
internal static class QemuArguments
{
    /// <summary>The options in their order; a word without a dash is the image of the first disk.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidCommandLine"/> for an option that QEMU does not have or whose argument is missing.</exception>
    public static IReadOnlyList<GivenOption> Parse(IReadOnlyList<ScriptWord> words)
    {
        var options = new List<GivenOption>();
        for (var index = 0; index < words.Count; index++)
        {
            var word = words[index];
            if (!word.Text.StartsWith('-'))
            {
                options.Add(new GivenOption("hda", word.Text, word.Position, options.Count));
                continue;
            }

            var name = word.Text.StartsWith("--", StringComparison.Ordinal) ? word.Text[2..] : word.Text[1..];
            var option = QemuOptions.Find(name) ?? throw Unknown(word, name);
            if (option.TakesArgument && ++index == words.Count) throw word.Position.Error(ErrorId.InvalidCommandLine, $"'{word.Text}' needs an argument, and the command ends there.");
            options.Add(new GivenOption(name, option.TakesArgument ? words[index].Text : null, word.Position, options.Count));
        }

        return options;
    }

    private static QemuException Unknown(ScriptWord word, string name)
    {
        var near = QemuOptions.All.Select(option => option.Name)
            .FirstOrDefault(known => known.Equals(name, StringComparison.OrdinalIgnoreCase) || (name.Length > 2 && known.Length > 2 && (known.StartsWith(name, StringComparison.Ordinal) || name.StartsWith(known, StringComparison.Ordinal))));
        return word.Position.Error(ErrorId.InvalidCommandLine, $"QEMU has no option '{word.Text}'.", near is null ? null : $"Did you mean -{near}?");
    }
}
