using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace QemuPS.Shell.Hosting;

/// <summary>Runs pipelines in the one runspace, shows what they give, and stops the innermost one on request.</summary>
internal sealed class Executor(Runspace runspace, ShellUserInterface ui, LineReader reader)
{
    private readonly Lock _changing = new();
    private readonly Stack<Pipeline> _running = new();

    /// <summary>Runs a command and shows its output and errors as they come.</summary>
    /// <returns>The error that ended it, already shown; null when it ran to its end.</returns>
    public Exception? Show(Command command, IEnumerable<object>? input = null)
    {
        using var pipeline = runspace.CreatePipeline();
        return Run(pipeline, command, input, nested: false);
    }

    /// <summary>
    /// Runs text a person typed. It is remembered by Get-History, and only what is remembered leaves its success in <c>$?</c>.
    /// </summary>
    public Exception? ShowTyped(string text, IReadOnlyList<CommandParameter> arguments, bool nested, IEnumerable<object>? input = null)
    {
        using var pipeline = nested ? runspace.CreateNestedPipeline(text, addToHistory: true) : runspace.CreatePipeline(text, addToHistory: true);
        var command = pipeline.Commands[0];
        pipeline.Commands.Clear();
        foreach (var argument in arguments)
            command.Parameters.Add(argument);
        return Run(pipeline, command, input, nested);
    }

    /// <summary>Asks the runspace something, showing nothing.</summary>
    public Collection<PSObject> Ask(string script, bool nested = false)
    {
        using var pipeline = nested ? runspace.CreateNestedPipeline() : runspace.CreatePipeline();
        pipeline.Commands.AddScript(script);
        return Invoke(pipeline, input: null);
    }

    /// <summary>Called from the signal's thread: stops what runs now, not the shell.</summary>
    public bool Interrupt()
    {
        lock (_changing)
        {
            if (_running.Count == 0)
                return false;
            reader.Interrupt();
            _running.Peek().StopAsync();
            return true;
        }
    }

    private Exception? Run(Pipeline pipeline, Command command, IEnumerable<object>? input, bool nested)
    {
        command.MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        pipeline.Commands.Add(command);
        pipeline.Commands.Add("Out-Default");
        try
        {
            Invoke(pipeline, input);
            return null;
        }
        catch (PipelineStoppedException stopped)
        {
            return stopped;
        }
        catch (RuntimeException error)
        {
            Report(error, nested);
            return error;
        }
        finally
        {
            ui.ResetProgress();
        }
    }

    private Collection<PSObject> Invoke(Pipeline pipeline, IEnumerable<object>? input)
    {
        lock (_changing)
        {
            reader.ForgetInterrupt();
            _running.Push(pipeline);
        }

        try
        {
            return input is null ? pipeline.Invoke() : pipeline.Invoke(input);
        }
        finally
        {
            lock (_changing)
                _running.Pop();
        }
    }

    private void Report(RuntimeException error, bool nested)
    {
        using var pipeline = nested ? runspace.CreateNestedPipeline() : runspace.CreatePipeline();
        pipeline.Commands.Add("Out-Default");
        pipeline.Input.Write(EngineInternals.AsErrorStreamObject(error.ErrorRecord));
        Invoke(pipeline, input: null);
    }
}
