namespace QemuPS.Shell.Hosting;

internal static class KeyPress
{
    public static bool IsControl(this ConsoleKeyInfo press, ConsoleKey key)
        => press.Key == key && press.Modifiers.HasFlag(ConsoleModifiers.Control);
}
