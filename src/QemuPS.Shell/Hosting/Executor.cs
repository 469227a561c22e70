using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace QemuPS.Shell.Hosting;

/// <summary>Runs pipelines in the one runspace, shows what they give, and stops the innermost one on request.</summary>
internal sealed class Executor(Runspace runspace, ShellUserInterface ui)
{
    private readonly Lock _changing = new();
    private readonly Stack<Pipeline> _running = new();

    /// <summary>Runs a command and shows its output and errors as they come.</summary>
    /// <returns>The error that ended it, already shown; null when it ran to its end.</returns>
    public Exception? Show(Command command, bool nested = false, IEnumerable<object>? input = null)
    {
        using var pipeline = nested ? runspace.CreateNestedPipeline() : runspace.CreatePipeline();
        AddWithOutput(pipeline, command);
        return Run(pipeline, input, nested);
    }

    /// <summary>Runs a line a person typed; it is remembered by Get-History.</summary>
    public Exception? ShowTyped(string line, bool nested)
    {
        using var pipeline = nested ? runspace.CreateNestedPipeline(line, addToHistory: true) : runspace.CreatePipeline(line, addToHistory: true);
        var command = pipeline.Commands[0];
        pipeline.Commands.Clear();
        AddWithOutput(pipeline, command);
        return Run(pipeline, input: null, nested);
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
            _running.Peek().StopAsync();
            return true;
        }
    }

    private static void AddWithOutput(Pipeline pipeline, Command command)
    {
        command.MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        pipeline.Commands.Add(command);
        pipeline.Commands.Add("Out-Default");
    }

    private Exception? Run(Pipeline pipeline, IEnumerable<object>? input, bool nested)
    {
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
            _running.Push(pipeline);
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
