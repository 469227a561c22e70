namespace QemuPS.Machines;

/// <summary>The keys of a keyboard by QEMU's names (qapi/ui.json, QKeyCode), and by the names people write on them.</summary>
public static class KeyNames
{
    private static readonly HashSet<string> Known = new(
        """
        shift shift_r alt alt_r ctrl ctrl_r menu esc 1 2 3 4 5 6 7 8 9 0 minus equal backspace tab q w e r t y u i o p bracket_left
        bracket_right ret a s d f g h j k l semicolon apostrophe grave_accent backslash z x c v b n m comma dot slash asterisk spc caps_lock
        f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 f11 f12 num_lock scroll_lock kp_divide kp_multiply kp_subtract kp_add kp_enter kp_decimal kp_0 kp_1
        kp_2 kp_3 kp_4 kp_5 kp_6 kp_7 kp_8 kp_9 kp_comma kp_equals less sysrq print home pgup pgdn end left up down right insert delete stop
        again props undo front copy open paste find cut lf help meta_l meta_r compose pause ro hiragana henkan yen muhenkan katakanahiragana
        power sleep wake audionext audioprev audiostop audioplay audiomute volumeup volumedown mediaselect mail calculator computer ac_home
        ac_back ac_forward ac_refresh ac_bookmarks lang1 lang2
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries),
        StringComparer.OrdinalIgnoreCase);

    private static readonly Dictionary<string, string> Spoken = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Control"] = "ctrl",
        ["AltGr"] = "alt_r",
        ["Win"] = "meta_l",
        ["Windows"] = "meta_l",
        ["Super"] = "meta_l",
        ["Meta"] = "meta_l",
        ["Enter"] = "ret",
        ["Return"] = "ret",
        ["Escape"] = "esc",
        ["Space"] = "spc",
        ["Del"] = "delete",
        ["Ins"] = "insert",
        ["PageUp"] = "pgup",
        ["PageDown"] = "pgdn",
        ["PrintScreen"] = "print",
        ["CapsLock"] = "caps_lock",
        ["NumLock"] = "num_lock",
        ["ScrollLock"] = "scroll_lock",
        ["Plus"] = "kp_add",
        ["Break"] = "pause",
    };

    /// <summary>Every name that <see cref="Chord"/> takes.</summary>
    public static IEnumerable<string> All => Spoken.Keys.Concat(Known);

    /// <summary>Keys that are pressed together: <c>Ctrl-Alt-Delete</c>, <c>ctrl+c</c>, <c>F2</c>.</summary>
    /// <returns>QEMU's names.</returns>
    /// <exception cref="QemuException"><see cref="ErrorId.InvalidOption"/> for a key that no keyboard has.</exception>
    public static IReadOnlyList<string> Chord(string text) => [.. text.Split('-', '+').Select(name => ToQemu(name.Trim(), text))];

    private static string ToQemu(string name, string chord)
    {
        if (Spoken.TryGetValue(name, out var qemu)) return qemu;
        if (Known.TryGetValue(name, out var known)) return known;
        throw new QemuException(
            ErrorId.InvalidOption,
            $"'{name}' in '{chord}' is not a key.",
            "Join keys with '-': Ctrl-Alt-Delete. The keys '-' and '+' are called minus and kp_add; others as in QEMU's QKeyCode: ret, spc, f1, kp_0.");
    }
}
