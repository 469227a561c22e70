using System.Management.Automation;
using Microsoft.PowerShell.Commands.Internal.Format;
using QemuPS.Shell;

namespace Microsoft.PowerShell.Commands;

// The parameters, and everything they do, are the engine's: it keeps them in these public base classes.

[Cmdlet(VerbsCommon.Format, "Table")]
public sealed class FormatTableCommand : OuterFormatTableBase
{
    public FormatTableCommand() => EngineInternals.UseFormatter(this, "Table");
}

[Cmdlet(VerbsCommon.Format, "List")]
public sealed class FormatListCommand : OuterFormatTableAndListBase
{
    public FormatListCommand() => EngineInternals.UseFormatter(this, "List");
}
