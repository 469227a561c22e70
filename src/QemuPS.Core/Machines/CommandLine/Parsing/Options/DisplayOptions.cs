namespace QemuPS.Machines;

/// <summary>Options about what the guest shows and where.</summary>
internal static class DisplayOptions
{
    private const string NoTerminal = "a machine runs in the background and has no terminal; its serial port is a socket in its runtime folder";

    public static void Vga(MachineDraft draft, GivenOption option)
    {
        if (MachineOptions.IsQuestion(option.Argument)) throw MachineOptions.Question(option);
        if (Enum.TryParse<VmVga>(option.Argument, ignoreCase: true, out var vga)) draft.Vga = vga;
        else draft.Keep(option);
    }

    public static void Display(MachineDraft draft, GivenOption option)
    {
        if (MachineOptions.IsQuestion(option.Argument)) throw MachineOptions.Question(option);
        var type = option.Argument.Split(',')[0];
        if (type == "none") return;
        if (type == "curses") Curses(draft, option);
        else draft.Keep(option);
    }

    public static void NoGraphic(MachineDraft draft, GivenOption option)
    {
        draft.Drop(option, NoTerminal);
        draft.Consoles.IsNoGraphic = true;
    }

    public static void Curses(MachineDraft draft, GivenOption option) => draft.Warn($"{option.Position}: {option} is not kept: {NoTerminal}.");
}
