# The second pass: blocks and tests run, each in a scope below the block around it. The runner's own variables begin
# with two underscores, since they lie in the same scopes as the tests'.

function Invoke-TestBlock($__Block) {
    if (-not (Test-HasSelected $__Block)) { return }
    . Set-TestData $__Block.Data
    $__Block | Add-Member -NotePropertyName ExpandedName -NotePropertyValue (Expand-TestName $__Block) -Force
    # A block without anything to run is not set up.
    $__failure = if (Test-HasRunnable $__Block) { . Invoke-TestSetup $__Block.BeforeAll }
    foreach ($__child in $__Block.Children) {
        if ($__failure) { Write-FailedBlock $__child $__failure }
        elseif ($__child.PSObject.Properties['Test']) { Invoke-TestCase $__child }
        else { Invoke-TestBlock $__child }
    }

    if (Test-HasRunnable $__Block) {
        $__failure = . Invoke-TestSetup $__Block.AfterAll
        if ($__failure) { Add-TestResult @{ Name = 'AfterAll'; Parent = $__Block } 'AfterAll' 'Failed' $__failure }
    }
}

# Dot-sourced: what a setup defines is for the block it belongs to. Returns the error, if there is one.
function Invoke-TestSetup($__Body) {
    if (-not $__Body) { return }
    try { $null = . $__Body } catch { $_ }
}

# Dot-sourced: -ForEach's values as variables.
function Set-TestData($__Data) {
    if (-not $__Data) { return }
    $__value = $__Data.Value
    if ($__value -is [Collections.IDictionary]) { foreach ($__key in $__value.Keys) { Set-Variable -Name $__key -Value $__value[$__key] } }
}

function Invoke-TestCase($__Test) {
    . Set-TestData $__Test.Data
    $__name = Expand-TestName $__Test
    if (-not (Test-IsSelected $__Test $__name)) { return }
    if ($__Test.Skip) { Add-TestResult $__Test $__name 'Skipped'; return }

    $__watch = [Diagnostics.Stopwatch]::StartNew()
    $__failure = $__skipped = $null
    try {
        # Only a pipeline gives $_ to the blocks that it runs.
        $__value = Get-NearestData $__Test
        $__hasRun = $false
        # The loop is for a break without a loop of its own: it would leave the runner's, and the tests that follow.
        do {
            , $__value | ForEach-Object {
                foreach ($__around in Get-Surrounding $__Test) { if ($__around.BeforeEach) { $null = . $__around.BeforeEach } }
                $null = . $__Test.Test
                $__hasRun = $true
            }
        } while ($false)
        if (-not $__hasRun) { throw 'The test was not run to its end.' }
    }
    catch { if ($_.FullyQualifiedErrorId -eq 'TestSkipped') { $__skipped = $_ } else { $__failure = $_ } }

    $__surrounding = @(Get-Surrounding $__Test)
    [array]::Reverse($__surrounding)
    foreach ($__around in $__surrounding) {
        try { if ($__around.AfterEach) { $null = . $__around.AfterEach } } catch { if (-not $__failure) { $__failure = $_ } }
    }

    $__result = if ($__failure) { 'Failed' } elseif ($__skipped) { 'Skipped' } else { 'Passed' }
    Add-TestResult $__Test $__name $__result $__failure $__watch.Elapsed
}

# The blocks around a test, from the outermost inwards.
function Get-Surrounding($Test) {
    $blocks = [Collections.Generic.List[object]]::new()
    for ($block = $Test.Parent; $block; $block = $block.Parent) { $blocks.Insert(0, $block) }
    $blocks
}

function Test-HasData($Item) { $Item -and ($Item.Data -or (Test-HasData $Item.Parent)) }

# What -ForEach gave to the test, or to the nearest block around it that has one.
function Get-NearestData($Item) {
    while ($Item -and -not $Item.Data) { $Item = $Item.Parent }
    if ($Item) { , $Item.Data.Value } else { $null }
}

# "<Name>" and "<a.b>" in a name stand for values of -ForEach, of the test's own or of a block around it.
function Expand-TestName($__Item) {
    if (-not (Test-HasData $__Item)) { return $__Item.Name }
    $__nearest = Get-NearestData $__Item
    [regex]::Replace($__Item.Name, '<([\w.]+)>', {
            param($match)
            $expression = $match.Groups[1].Value
            $value = if ($expression -eq '_') { $__nearest } else { . ([scriptblock]::Create("`$$expression")) }
            if ($null -eq $value) { '$null' } else { $value }
        })
}

function Write-FailedBlock($Item, $Failure) {
    if ($Item.PSObject.Properties['Test']) {
        if (-not (Test-IsSelected $Item $Item.Name)) { return }
        if ($Item.Skip) { Add-TestResult $Item $Item.Name 'Skipped' } else { Add-TestResult $Item $Item.Name 'Failed' $Failure }
        return
    }

    $Item | Add-Member -NotePropertyName ExpandedName -NotePropertyValue $Item.Name -Force
    foreach ($child in $Item.Children) { Write-FailedBlock $child $Failure }
}

function Test-HasSelected($Block) {
    foreach ($child in $Block.Children) {
        if ($child.PSObject.Properties['Test']) { if (Test-HasWantedTag $child) { return $true } }
        elseif (Test-HasSelected $child) { return $true }
    }
    $false
}

function Test-HasRunnable($Block) {
    foreach ($child in $Block.Children) {
        if ($child.PSObject.Properties['Test']) { if (-not $child.Skip) { return $true } }
        elseif (Test-HasRunnable $child) { return $true }
    }
    $false
}

function Test-HasWantedTag($Test) {
    if ($__run.Tag -and -not ($Test.Tag | Where-Object { $_ -in $__run.Tag })) { return $false }
    -not ($__run.ExcludeTag -and ($Test.Tag | Where-Object { $_ -in $__run.ExcludeTag }))
}

function Test-IsSelected($Test, [string] $Name) {
    if (-not (Test-HasWantedTag $Test)) { return $false }
    -not $__run.FullName -or (Get-TestFullName $Test $Name) -like $__run.FullName
}

function Get-TestFullName($Test, [string] $Name) {
    $names = @(Get-Surrounding $Test | ForEach-Object { $_.ExpandedName } | Where-Object { $_ }) + $Name
    $names -join '.'
}

function Set-ItResult {
    param([switch] $Skipped, [string] $Because)
    if (-not $Skipped) { throw 'The runner knows Set-ItResult -Skipped only.' }
    throw [Management.Automation.ErrorRecord]::new([Exception]::new("skipped: $Because"), 'TestSkipped', 'OperationStopped', $null)
}
