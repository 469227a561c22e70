using System.Text;
using QemuPS.Devices;
using QemuPS.Processes;

namespace QemuPS.Udev;

/// <summary>Puts rules files in their place, makes udev use them, and looks whether they had the effect.</summary>
public static class UdevApply
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Writes a rules file and nothing else.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.FileExists"/> where a file that is not ours has the name; <see cref="ErrorId.AccessDenied"/>, <see cref="ErrorId.FileSystemError"/>.</exception>
    public static void Write(UdevRuleFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (File.Exists(file.Path) && !IsOurs(file.Path))
        {
            throw new QemuException(ErrorId.FileExists, $"'{file.Path}' exists and was not written by QemuPS.", "Choose another name with -Path.");
        }

        AtomicFile.Write(file.Path, Encoding.UTF8.GetBytes(file.Content));
        // udevd runs as root and reads every file, but the rules are no secret.
        File.SetUnixFileMode(file.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
    }

    /// <summary>Writes the file, makes udev read its rules again and apply them to the device alone, and opens the node to see whether it worked.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.RecordedHost"/>, <see cref="ErrorId.AccessDenied"/> with a line to paste,
    /// <see cref="ErrorId.ToolNotFound"/>, <see cref="ErrorId.ToolFailed"/>, <see cref="ErrorId.UdevRuleWithoutEffect"/>; what <see cref="Write"/> throws.</exception>
    public static async Task ApplyAsync(SysfsRoot root, UdevRuleFile file, IFeedback feedback, CancellationToken cancellation)
    {
        RequireThisHost(root);
        ArgumentNullException.ThrowIfNull(file);
        if (!Environment.IsPrivilegedProcess)
        {
            throw new QemuException(ErrorId.AccessDenied, $"Only root may write '{file.Path}' and make udev read it.", Paste(file));
        }

        var udevadm = Tool.Find("udevadm");
        Write(file);
        feedback.Verbose($"Wrote '{file.Path}'.");
        foreach (var command in file.Commands)
        {
            feedback.Verbose(ShellQuoting.Bash(command));
            var result = await udevadm.RunAsync([.. command.Skip(1)], Limit, cancellation).ConfigureAwait(false);
            if (result.ExitCode != 0) throw result.ToException(ErrorId.ToolFailed, $"The rule stays in '{file.Path}'. Is systemd-udevd running? systemctl status systemd-udevd");
        }

        Verify(root, file);
    }

    /// <summary>Takes a file of ours away; where udev reads it, makes udev forget it and takes the access back that it gave.</summary>
    /// <exception cref="QemuException"><see cref="ErrorId.UdevRuleNotManaged"/>, <see cref="ErrorId.RecordedHost"/>, <see cref="ErrorId.AccessDenied"/>, <see cref="ErrorId.ToolFailed"/>.</exception>
    public static async Task RemoveAsync(SysfsRoot root, UdevRemoval removal, CancellationToken cancellation)
    {
        RequireThisHost(root);
        ArgumentNullException.ThrowIfNull(removal);
        var path = removal.Path;
        if (!File.Exists(path)) throw new QemuException(ErrorId.UdevRuleNotFound, $"There is no rules file '{path}'.", "Get-UdevRule");
        if (!IsOurs(path))
        {
            throw new QemuException(ErrorId.UdevRuleNotManaged, $"'{path}' was not written by QemuPS and stays.", $"To do without it: sudo ln -s /dev/null {ShellQuoting.Bash($"{RuleFiles.Administrators}/{Path.GetFileName(path)}")}");
        }

        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw QemuException.FromIO($"Cannot remove '{path}'", error);
        }

        foreach (var node in removal.Nodes) NodeAccess.TakeBack(node.Path);
        if (Tool.TryFind("udevadm") is not { } udevadm) return;
        foreach (var command in removal.Commands)
        {
            var result = await udevadm.RunAsync([.. command.Skip(1)], Limit, cancellation).ConfigureAwait(false);
            if (result.ExitCode != 0) throw result.ToException(ErrorId.ToolFailed, "The file is gone, and so is the access it gave. udev reads its rules again when it is started.");
        }
    }

    /// <summary>The same as a line for a shell.</summary>
    public static string Paste(UdevRuleFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var lines = ShellQuoting.Bash(file.Content.TrimEnd('\n').Split('\n'));
        return $"printf '%s\\n' {lines} | sudo tee {ShellQuoting.Bash(file.Path)} && " + string.Join(" && ", file.Commands.Select(command => "sudo " + ShellQuoting.Bash(command)));
    }

    private static void RequireThisHost(SysfsRoot root)
    {
        ArgumentNullException.ThrowIfNull(root);
        if (root.IsThisHost) return;
        throw new QemuException(
            ErrorId.RecordedHost,
            $"{SysfsRoot.Variable} names the recorded host '{root.Folder}': its udev does not run, so no rule can be applied or taken away there.",
            $"Without -Apply the rule is shown and can be written with -Path; remove {SysfsRoot.Variable} to change this host.");
    }

    // Root may open anything: the node's own mode and group say what everybody else may.
    private static void Verify(SysfsRoot root, UdevRuleFile file)
    {
        var expected = Convert.ToInt32(file.Request.Mode, 8);
        var actual = root.Exists(file.Node) ? (int)File.GetUnixFileMode(file.Node) : -1;
        if (actual >= 0 && (actual & expected) == expected && Opens(file.Node)) return;
        throw new QemuException(
            ErrorId.UdevRuleWithoutEffect,
            actual < 0 ? $"The rule is in '{file.Path}', and there is no node '{file.Node}'." : $"The rule is in '{file.Path}', and '{file.Node}' still has the mode {Convert.ToString(actual, 8)}.",
            "Unplug the device and plug it in again, or see which rules count: Get-UsbDevice | Get-UdevRule");
    }

    private static bool Opens(string node)
    {
        try
        {
            using var opened = new FileStream(node, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool IsOurs(string path)
    {
        try
        {
            using var reader = new StreamReader(path);
            return reader.ReadLine() == RuleSyntax.Marker;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw QemuException.FromIO($"Cannot read '{path}'", error);
        }
    }
}
