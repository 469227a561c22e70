using System.Management.Automation.Host;

namespace QemuPS.Shell.Hosting;

/// <summary>The screen as a grid of cells. Reading cells back is something a Unix terminal cannot do.</summary>
internal sealed class ShellRawUserInterface(Terminal terminal) : PSHostRawUserInterface
{
    public override ConsoleColor ForegroundColor
    {
        get => Console.ForegroundColor;
        set => Console.ForegroundColor = value;
    }

    public override ConsoleColor BackgroundColor
    {
        get => Console.BackgroundColor;
        set => Console.BackgroundColor = value;
    }

    public override Size BufferSize
    {
        get => new(terminal.Width, terminal.Height);
        set => throw new PlatformNotSupportedException();
    }

    public override Size WindowSize
    {
        get => new(terminal.Width, terminal.Height);
        set => throw new PlatformNotSupportedException();
    }

    public override Size MaxWindowSize => WindowSize;

    public override Size MaxPhysicalWindowSize => WindowSize;

    public override Coordinates WindowPosition
    {
        get => new(0, 0);
        set => throw new PlatformNotSupportedException();
    }

    public override Coordinates CursorPosition
    {
        get
        {
            if (!terminal.OutputIsTerminal)
                return new Coordinates(0, 0);
            var (left, top) = Console.GetCursorPosition();
            return new Coordinates(left, top);
        }
        set => Console.SetCursorPosition(value.X, value.Y);
    }

    public override int CursorSize
    {
        get => 100;
        set => throw new PlatformNotSupportedException();
    }

    public override string WindowTitle
    {
        // A Unix terminal does not tell its title; .NET throws when asked.
        get => string.Empty;
        set
        {
            if (terminal.OutputIsTerminal)
                Console.Title = value;
        }
    }

    public override bool KeyAvailable => terminal.InputIsTerminal && Console.KeyAvailable;

    public override void FlushInputBuffer()
    {
        while (KeyAvailable)
            Console.ReadKey(intercept: true);
    }

    public override KeyInfo ReadKey(ReadKeyOptions options)
    {
        if (!terminal.InputIsTerminal)
            throw new HostException("A key cannot be read: standard input is not a terminal.");
        var key = Console.ReadKey(options.HasFlag(ReadKeyOptions.NoEcho));
        return new KeyInfo((int)key.Key, key.KeyChar, States(key.Modifiers), keyDown: true);
    }

    public override BufferCell[,] GetBufferContents(Rectangle rectangle) => throw new PlatformNotSupportedException();

    public override void ScrollBufferContents(Rectangle source, Coordinates destination, Rectangle clip, BufferCell fill)
        => throw new PlatformNotSupportedException();

    public override void SetBufferContents(Coordinates origin, BufferCell[,] contents) => throw new PlatformNotSupportedException();

    public override void SetBufferContents(Rectangle rectangle, BufferCell fill) => throw new PlatformNotSupportedException();

    private static ControlKeyStates States(ConsoleModifiers modifiers)
    {
        var states = default(ControlKeyStates);
        if (modifiers.HasFlag(ConsoleModifiers.Control))
            states |= ControlKeyStates.LeftCtrlPressed;
        if (modifiers.HasFlag(ConsoleModifiers.Alt))
            states |= ControlKeyStates.LeftAltPressed;
        if (modifiers.HasFlag(ConsoleModifiers.Shift))
            states |= ControlKeyStates.ShiftPressed;
        return states;
    }
}
