namespace QemuPS.Shell.CommandLine;

/// <summary>A command line the shell cannot act on; the message is for the person who typed it.</summary>
internal sealed class UsageException(string message) : Exception(message);
