using System.Management.Automation;
using QemuPS.Binding;
using QemuPS.Machines;

namespace QemuPS.Commands.Console;

/// <summary>A picture format of <c>Save-QemuVmScreenshot</c>.</summary>
public enum ScreenshotFormat
{
    /// <summary>PNG.</summary>
    Png,
    /// <summary>Portable pixmap, uncompressed.</summary>
    Ppm,
}

/// <summary><c>Save-QemuVmScreenshot</c>: saves what machines show on their screens.</summary>
[Cmdlet(VerbsData.Save, "QemuVmScreenshot", DefaultParameterSetName = ByName, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class SaveQemuVmScreenshotCommand : VmTargetCommand
{
    /// <summary>The picture's file, or a folder that gets a file named after each machine.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>The format; the extension decides without it, and PNG where that says nothing.</summary>
    [Parameter]
    public ScreenshotFormat? Format { get; set; }

    /// <summary>Waits until the screen shows something.</summary>
    [Parameter]
    public SwitchParameter WaitForPicture { get; set; }

    /// <summary>How long to wait for a picture, in seconds; 60 without it.</summary>
    [Parameter]
    [ValidateRange(1, 86400)]
    public int Timeout { get; set; } = 60;

    /// <summary>Replaces a file that exists.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void Process(Machine machine)
    {
        var target = TargetFor(machine);
        if (File.Exists(target) && !Force) throw new QemuException(ErrorId.FileExists, $"'{target}' exists already.", "Use -Force to replace it.");
        if (!ShouldDo($"Save the screen of '{machine.Name}' to '{target}' (QMP screendump)")) return;

        Await(async (_, cancellation) =>
        {
            if (WaitForPicture) await MachineScreen.WaitForPictureAsync(machine, TimeSpan.FromSeconds(Timeout), cancellation).ConfigureAwait(false);
            await MachineScreen.SaveAsync(machine, target, FormatOf(target).ToString().ToLowerInvariant(), cancellation).ConfigureAwait(false);
        });
        WriteObject(new FileInfo(target));
    }

    private string TargetFor(Machine machine)
    {
        var path = this.FullPath(Path);
        return Directory.Exists(path)
            ? System.IO.Path.Combine(path, $"{machine.Name}.{(Format ?? ScreenshotFormat.Png).ToString().ToLowerInvariant()}")
            : path;
    }

    private ScreenshotFormat FormatOf(string path) =>
        Format ?? (System.IO.Path.GetExtension(path).Equals(".ppm", StringComparison.OrdinalIgnoreCase) ? ScreenshotFormat.Ppm : ScreenshotFormat.Png);
}
