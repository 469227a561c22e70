# Should, with Pester 5's operators that our tests use and Pester's meaning of each. What is not here throws.

# Each takes what came in (an array of the pipeline's items) and what was expected; it says whether they fit.
$__ShouldOperators = @{
    Be                 = { param($items, $expected) Test-SameValue $items $expected { param($a, $b) $a -eq $b } }
    BeExactly          = { param($items, $expected) Test-SameValue $items $expected { param($a, $b) $a -ceq $b } }
    BeTrue             = { param($items) [bool] (Get-SingleValue $items) }
    BeFalse            = { param($items) -not (Get-SingleValue $items) }
    BeNullOrEmpty      = { param($items) $items.Count -eq 0 -or ($items.Count -eq 1 -and (Test-IsEmpty $items[0])) }
    BeOfType           = { param($items, $expected) $items.Count -gt 0 -and @($items | Where-Object { $_ -isnot $expected }).Count -eq 0 }
    BeGreaterThan      = { param($items, $expected) (Get-SingleValue $items) -gt $expected }
    BeGreaterOrEqual   = { param($items, $expected) (Get-SingleValue $items) -ge $expected }
    BeLessThan         = { param($items, $expected) (Get-SingleValue $items) -lt $expected }
    BeLessOrEqual      = { param($items, $expected) (Get-SingleValue $items) -le $expected }
    BeIn               = { param($items, $expected) @($expected) -contains (Get-SingleValue $items) }
    Contain            = { param($items, $expected) $items -contains $expected }
    HaveCount          = { param($items, $expected) $items.Count -eq $expected }
    Match              = { param($items, $expected) (Get-SingleValue $items) -match $expected }
    MatchExactly       = { param($items, $expected) (Get-SingleValue $items) -cmatch $expected }
    BeLike             = { param($items, $expected) (Get-SingleValue $items) -like $expected }
    BeLikeExactly      = { param($items, $expected) (Get-SingleValue $items) -clike $expected }
    Exist              = { param($items) Test-Path (Get-SingleValue $items) }
}
$__ShouldOperators.HaveType = $__ShouldOperators.BeOfType
$__ShouldWithoutValue = 'BeTrue', 'BeFalse', 'BeNullOrEmpty', 'Exist', 'Throw'

function Should {
    $items = @($input)
    $call = Read-ShouldCall $args
    if ($call.Operator -eq 'Throw') { return Assert-Throw $items $call }

    $holds = [bool] (& $__ShouldOperators[$call.Operator] $items $call.Expected)
    if ($holds -ne $call.Not) { return }
    $expected = if ($call.Operator -in $__ShouldWithoutValue) { '' } else { " $(Format-TestValue $call.Expected)" }
    Stop-Test ("Expected $(Format-TestValue $items) to$(if ($call.Not) { ' not' }) $($call.Operator)$expected$($call.Because)")
}

function Stop-Test([string] $Message) {
    throw [Management.Automation.ErrorRecord]::new([Exception]::new("$Message."), 'TestAssertionFailed', 'InvalidResult', $null)
}

# -Not -Operator value -Because text, as the engine passes the words of a function without parameters.
function Read-ShouldCall([object[]] $Words) {
    $call = @{ Operator = $null; Not = $false; Expected = $null; Because = ''; Named = @{} }
    $name = $null
    foreach ($word in $Words) {
        if ($null -ne $word -and $word.PSObject.Properties['<CommandParameterName>']) {
            $name = $word.PSObject.Properties['<CommandParameterName>'].Value
            if ($name -eq 'Not') { $call.Not = $true }
            elseif ($name -eq 'Throw' -or $__ShouldOperators.ContainsKey($name)) { $call.Operator = $name }
            elseif ($name -notin 'Because', 'ExpectedMessage', 'ErrorId', 'ExceptionType', 'PassThru', 'ExpectedValue') { throw "The runner's Should does not know -$name." }
            elseif ($name -eq 'PassThru') { $call.Named.PassThru = $true }
            continue
        }

        if ($name -eq 'Because') { $call.Because = ", because $word" }
        elseif ($name -in 'ExpectedMessage', 'ErrorId', 'ExceptionType') { $call.Named[$name] = $word }
        elseif ($call.Operator -eq 'Throw') { $call.Named.ExpectedMessage = $word }
        elseif (-not $call.Operator) { throw "The runner's Should needs an operator before '$word'." }
        else { $call.Expected = $word }
        $name = $null
    }

    if (-not $call.Operator) { throw "The runner's Should needs an operator." }
    $call
}

function Assert-Throw([object[]] $Items, $Call) {
    $thrown = $null
    try { $null = & $Items[0] } catch { $thrown = $_ }
    $fits = $thrown -and
        (-not $Call.Named.ContainsKey('ExpectedMessage') -or $thrown.Exception.Message -like $Call.Named.ExpectedMessage) -and
        (-not $Call.Named.ContainsKey('ErrorId') -or $thrown.FullyQualifiedErrorId -like $Call.Named.ErrorId) -and
        (-not $Call.Named.ContainsKey('ExceptionType') -or $thrown.Exception -is $Call.Named.ExceptionType)
    if ([bool] $fits -eq $Call.Not) {
        $what = if ($thrown) { "it threw '$($thrown.Exception.Message)' ($($thrown.FullyQualifiedErrorId))" } else { 'it threw nothing' }
        Stop-Test "Expected the script block to$(if ($Call.Not) { ' not' }) throw $($Call.Named.ExpectedMessage) $($Call.Named.ErrorId) $($Call.Named.ExceptionType)$($Call.Because), but $what"
    }

    if ($Call.Named.PassThru) { $thrown }
}

function Get-SingleValue([object[]] $Items) {
    if ($Items.Count -eq 1) { return $Items[0] }
    if ($Items.Count -gt 1) { return , $Items }
}

function Test-IsEmpty($Value) {
    $null -eq $Value -or ($Value -is [string] -and $Value.Length -eq 0) -or ($Value -is [Collections.ICollection] -and $Value.Count -eq 0)
}

# Arrays are compared item by item, and a single value is an array of one.
function Test-SameValue([object[]] $Items, $Expected, [scriptblock] $Same) {
    $wanted = @(if ($null -eq $Expected) { $null } else { $Expected })
    $have = @(if ($Items.Count -eq 0) { $null } else { $Items })
    if ($have.Count -ne $wanted.Count) { return $false }
    for ($index = 0; $index -lt $have.Count; $index++) {
        if ($null -eq $have[$index] -or $null -eq $wanted[$index]) { if ($null -ne $have[$index] -or $null -ne $wanted[$index]) { return $false } }
        elseif (-not (& $Same $have[$index] $wanted[$index])) { return $false }
    }
    $true
}

function Format-TestValue($Value) {
    if ($null -eq $Value) { return '$null' }
    if ($Value -is [string]) { return "'$Value'" }
    if ($Value -is [Collections.IEnumerable]) {
        $shown = @($Value)
        if ($shown.Count -eq 1) { return Format-TestValue $shown[0] }
        return '@(' + (($shown | ForEach-Object { Format-TestValue $_ }) -join ', ') + ')'
    }
    "$Value"
}
