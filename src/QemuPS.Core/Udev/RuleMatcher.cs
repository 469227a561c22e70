namespace QemuPS.Udev;

/// <summary>
/// Walks through all rules for one device as udev does at an <c>add</c> event: jumps are made, properties and tags
/// that earlier rules set count for later ones. No program is run: what depends on one is not decided.
/// </summary>
internal sealed class RuleMatcher(RuleDevice device)
{
    private readonly Dictionary<string, string> _properties = new(device.Properties);
    private readonly HashSet<string> _tags = [];

    // Properties that a rule gave a value which only udev could put together.
    private readonly HashSet<string> _unknown = [];

    /// <summary>The rules that count for the device, or may, and those that fail only because their keys fit two parents.</summary>
    public IEnumerable<UdevRule> Run(IEnumerable<UdevRule> rules)
    {
        string? target = null;
        string? file = null;
        foreach (var rule in rules)
        {
            if (file != rule.Path) (file, target) = (rule.Path, null);
            if (target is not null)
            {
                if (!rule.Assignments.Any(key => key.Key == "LABEL" && key.Value == target)) continue;
                target = null;
            }

            var answer = Answer(rule);
            if (answer != false) Apply(rule, answer == true);
            if (answer == true) target = rule.Assignments.FirstOrDefault(key => key.Key == "GOTO")?.Value;
            if (rule.Matches.Count == 0 || rule.Assignments.All(key => key.Key is "GOTO" or "LABEL")) continue;
            if (answer != false) yield return rule with { IsMatch = answer };
            else if (IsSplitBetweenParents(rule)) yield return rule with { IsMatch = false, Warning = [.. rule.Warning, RuleWarnings.TwoParents] };
        }
    }

    private bool? Answer(UdevRule rule)
    {
        if (rule.Matches.Count + rule.Assignments.Count == 0) return false;
        bool? answer = true;
        foreach (var key in rule.Matches.Where(key => !IsOfParent(key)))
        {
            var one = Answer(key);
            if (one == false) return false;
            if (one is null) answer = null;
        }

        // Keys of parents have to fit one and the same.
        var ofParent = rule.Matches.Where(IsOfParent).ToList();
        if (ofParent.Count > 0 && !device.Parents.Any(parent => ofParent.TrueForAll(key => FitsParent(key, parent)))) return false;
        return rule.Assignments.Any(key => key.Key is "PROGRAM" || (key.Key == "IMPORT" && key.Attribute is "program" or "file" or "cmdline")) ? null : answer;
    }

    private bool IsSplitBetweenParents(UdevRule rule)
    {
        var ofParent = rule.Matches.Where(IsOfParent).ToList();
        return ofParent.Count > 1
            && rule.Matches.Where(key => !IsOfParent(key)).All(key => Answer(key) == true)
            && ofParent.TrueForAll(key => key.Operator == "==" && device.Parents.Any(parent => FitsParent(key, parent)));
    }

    private static bool IsOfParent(UdevRuleKey key) => key.Key is "KERNELS" or "SUBSYSTEMS" or "DRIVERS" or "ATTRS";

    private static bool FitsParent(UdevRuleKey key, RuleDevice parent) => key.Key switch
    {
        "KERNELS" => Compare(key, parent.Kernel),
        "SUBSYSTEMS" => Compare(key, parent.Subsystem ?? ""),
        "DRIVERS" => Compare(key, parent.Driver),
        _ => parent.Attribute(key.Attribute ?? "") is { } value && Compare(key, value),
    };

    private bool? Answer(UdevRuleKey key) => key.Key switch
    {
        "ACTION" => Compare(key, "add"),
        "DEVPATH" => Compare(key, device.DevPath),
        "KERNEL" => Compare(key, device.Kernel),
        "SUBSYSTEM" => Compare(key, device.Subsystem ?? ""),
        "DRIVER" => Compare(key, device.Driver),
        "ATTR" => device.Attribute(key.Attribute ?? "") is { } value && Compare(key, value),
        "ENV" => _unknown.Contains(key.Attribute ?? "") ? null : Compare(key, _properties.GetValueOrDefault(key.Attribute ?? "", "")),
        "TAG" => _tags.Any(tag => RulePattern.Fits(key.Value, tag)) == (key.Operator == "=="),
        "TEST" => device.Attribute(key.Value) is not null == (key.Operator == "==") ? true : null,
        _ => null,
    };

    private static bool Compare(UdevRuleKey key, string value) => RulePattern.Fits(key.Value, value) == (key.Operator == "==");

    private void Apply(UdevRule rule, bool isCertain)
    {
        foreach (var key in rule.Assignments)
        {
            switch (key.Key)
            {
                case "ENV" when key.Attribute is { } name && (!isCertain || key.Value.Contains('$', StringComparison.Ordinal) || key.Value.Contains('%', StringComparison.Ordinal)):
                    _unknown.Add(name);
                    break;
                case "ENV" when key.Attribute is { } name:
                    _unknown.Remove(name);
                    _properties[name] = key.Value;
                    break;
                case "TAG" when isCertain && key.Operator == "-=":
                    _tags.Remove(key.Value);
                    break;
                case "TAG" when isCertain:
                    _tags.Add(key.Value);
                    break;
            }
        }
    }
}
