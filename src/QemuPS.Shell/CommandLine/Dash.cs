namespace QemuPS.Shell.CommandLine;

/// <summary>PowerShell takes the typographic dashes for a dash, since text pasted from a document has them.</summary>
internal static class Dash
{
    public static bool IsDash(char character) => character is '-' or '\u2013' or '\u2014' or '\u2015';
}
