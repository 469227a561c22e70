using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;
using Microsoft.PowerShell.Commands.Internal.Format;

namespace QemuPS.Shell;

/// <summary>
/// The few doors of the engine that only pwsh's own cmdlet assemblies have a key to. The formatter, the way
/// <c>Select-Object -First</c> stops its upstream, the mark that an object is an error, variable scopes by number
/// and the exit of a script have no public counterpart, and imitating them would be a second formatter that always
/// differs from the first. They are all here, the package's version is pinned, and the parity and command line tests
/// go through every one of them.
/// </summary>
internal static class EngineInternals
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
    private const string FormatNamespace = "Microsoft.PowerShell.Commands.Internal.Format.";

    private static readonly Assembly Engine = typeof(PSObject).Assembly;

    /// <summary>Wraps an error so that Out-Default sends it to the error stream.</summary>
    public static PSObject AsErrorStreamObject(ErrorRecord error)
    {
        var wrapped = new PSObject(error);
        var stream = Property(typeof(PSObject), "WriteStream");
        stream.SetValue(wrapped, Enum.Parse(stream.PropertyType, "Error"));
        return wrapped;
    }

    /// <summary>Makes <c>exit N</c> in the script file that runs next end the shell instead of the script alone.</summary>
    public static void LetExitEndTheShell(Runspace runspace)
    {
        var context = Property(typeof(Runspace), "ExecutionContext").GetValue(runspace)!;
        Property(context.GetType(), "ScriptCommandProcessorShouldRethrowExit").SetValue(context, true);
    }

    /// <summary>Makes the next WriteError keep <paramref name="caller"/> as the command the error comes from.</summary>
    public static void AttributeTo(ErrorRecord error, InvocationInfo caller)
    {
        Method(typeof(ErrorRecord), "SetInvocationInfo").Invoke(error, [caller]);
        Property(typeof(ErrorRecord), "PreserveInvocationInfoOnce").SetValue(error, true);
    }

    /// <summary>The exception that ends the commands before <paramref name="cmdlet"/> and lets those after it finish.</summary>
    public static Exception StopUpstream(Cmdlet cmdlet)
        => (Exception)Create("System.Management.Automation.StopUpstreamCommandsException", cmdlet);

    /// <summary>Thrown by a validation, makes the binder try the next parameter set instead of giving up.</summary>
    public static Exception NotThisParameterSet(string message)
        => (Exception)Create(typeof(ValidationMetadataException).FullName!, message, true);

    /// <summary>Gives a formatting cmdlet the engine's formatter of that shape: Table, List, Wide or Complex.</summary>
    public static void UseFormatter(FrontEndCommandBase cmdlet, string shape)
    {
        var shapes = Engine.GetType(FormatNamespace + "FormatShape", throwOnError: true)!;
        SetImplementation(cmdlet, Create(FormatNamespace + "InnerFormatShapeCommand", Enum.Parse(shapes, shape)));
    }

    /// <summary>Makes an output cmdlet write the lines a person would see to <paramref name="writer"/>.</summary>
    public static void UseTextOutput(FrontEndCommandBase cmdlet, TextWriter writer, int columns)
    {
        var output = Create(FormatNamespace + "OutputManagerInner");
        Property(output.GetType(), "LineOutput").SetValue(output, Create(FormatNamespace + "TextWriterLineOutput", writer, columns));
        SetImplementation(cmdlet, output);
    }

    /// <summary>The variables of one scope, named or numbered; of all scopes, as seen from here, without one.</summary>
    public static IReadOnlyCollection<PSVariable> Variables(SessionState session, string? scope)
    {
        var table = scope is null
            ? InvokeOnSession(session, "GetVariableTable", [], [])
            : InvokeOnSession(session, "GetVariableTableAtScope", [typeof(string)], [scope]);
        return [.. ((IDictionary<string, PSVariable>)table!).Values];
    }

    public static void SetVariable(SessionState session, PSVariable variable, string scope, bool force)
        => InvokeOnSession(
            session,
            "SetVariableAtScope",
            [typeof(PSVariable), typeof(string), typeof(bool), typeof(CommandOrigin)],
            [variable, scope, force, CommandOrigin.Internal]);

    public static void RemoveVariable(SessionState session, PSVariable variable, string scope, bool force)
        => InvokeOnSession(
            session, "RemoveVariableAtScope", [typeof(PSVariable), typeof(string), typeof(bool)], [variable, scope, force]);

    /// <summary>Several objects as one CLIXML document; publicly only one object can be serialized.</summary>
    public static string Serialize(IList<object> objects, int depth)
    {
        var method = typeof(PSSerializer).GetMethod(
            "Serialize", BindingFlags.Static | BindingFlags.NonPublic, [typeof(IList<object>), typeof(int), typeof(bool)]);
        return (string)(method ?? throw Missing("Serialize")).Invoke(obj: null, [objects, depth, true])!;
    }

    private static object? InvokeOnSession(SessionState session, string name, Type[] types, object[] arguments)
    {
        var state = Property(typeof(SessionState), "Internal").GetValue(session)!;
        var method = state.GetType().GetMethod(name, Any, types) ?? throw Missing(name);
        return method.Invoke(state, Any | BindingFlags.DoNotWrapExceptions, binder: null, arguments, CultureInfo.InvariantCulture);
    }

    private static void SetImplementation(FrontEndCommandBase cmdlet, object implementation)
    {
        var field = typeof(FrontEndCommandBase).GetField("implementation", Any) ?? throw Missing("implementation");
        field.SetValue(cmdlet, implementation);
    }

    private static object Create(string typeName, params object[] arguments)
        => Activator.CreateInstance(
            Engine.GetType(typeName, throwOnError: true)!, Any, binder: null, arguments, CultureInfo.InvariantCulture)!;

    private static PropertyInfo Property(Type type, string name) => type.GetProperty(name, Any) ?? throw Missing(name);

    private static MethodInfo Method(Type type, string name) => type.GetMethod(name, Any) ?? throw Missing(name);

    private static MissingMemberException Missing(string name)
        => new($"System.Management.Automation {Engine.GetName().Version} has no member {name}.");
}
