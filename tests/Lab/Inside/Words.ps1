# The words of a check.

# A check: what is promised, and what proves it. -On names the machines it is for.
function Check([string] $Name, [scriptblock] $Proof, [string[]] $On) {
    if ($Name -notlike $lab.Wanted -or ($On -and $lab.Machine -notin $On)) { return }
    Write-Host "lab: $Name"
    $watch = [Diagnostics.Stopwatch]::StartNew()
    try {
        $null = & $Proof
        Add-CheckResult $Name passed '' $watch.Elapsed.TotalSeconds
    }
    catch {
        $result = if ($_.FullyQualifiedErrorId -eq 'CheckSkipped') { 'skipped' } else { 'failed' }
        $where = if ($result -eq 'failed') { " $($_.InvocationInfo.PositionMessage)" }
        Add-CheckResult $Name $result "$_$where" $watch.Elapsed.TotalSeconds
    }
}

# Ends a check that cannot be done here, with the reason.
function Skip([string] $Because) {
    throw [Management.Automation.ErrorRecord]::new([Exception]::new($Because), 'CheckSkipped', 'NotImplemented', $null)
}

function Add-CheckResult([string] $Name, [string] $Result, [string] $Detail, [double] $Seconds) {
    $line = [pscustomobject]@{ machine = $lab.Machine; check = $Name; result = $Result; detail = $Detail; seconds = [Math]::Round($Seconds, 1) } | ConvertTo-Json -Compress
    [IO.File]::AppendAllText($lab.Results, "$line`n")
    Write-Host "lab: $Result $Detail"
}

# The stable id of the error that an action ends with; empty where it ends well.
function Get-FailureId([scriptblock] $Action) {
    try { $null = & $Action; '' } catch { ($_.FullyQualifiedErrorId -split ',')[0] }
}

# Ends a check with what is on one side only, or more often there.
function Assert-SameLines([string[]] $Ours, [string[]] $Theirs) {
    if ($Theirs.Count -eq 0) { throw 'There is nothing to compare with.' }
    $differences = @(Compare-Object $Theirs @($Ours) | ForEach-Object { "$(if ($_.SideIndicator -eq '=>') { 'ours' } else { 'theirs' }): $($_.InputObject)" })
    if ($differences) { throw "$($differences.Count) differences: $($differences -join '; ')" }
}

# Waits for what the kernel or QEMU does by and by, a limit of seconds long.
function Wait-Until([scriptblock] $Condition, [int] $Seconds = 30) {
    $watch = [Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        if ($watch.Elapsed.TotalSeconds -gt $Seconds) { throw "After $Seconds s it is still not so: $Condition" }
        Start-Sleep -Milliseconds 100
    }
}
