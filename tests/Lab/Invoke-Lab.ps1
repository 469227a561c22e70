<#
.SYNOPSIS
    Runs the checks in machines of our own, with a real kernel and real devices, and returns what became of each.
.DESCRIPTION
    Each machine starts Debian's kernel under QEMU, with this host's files below it, so that the module as it is built
    here runs there, in the same engine. Checks/ has the checks, Machines.ps1 the machines and their devices.
    out/lab/NAME keeps what a machine left: console.log, and results.jsonl with a line of JSON for each check.
#>
param(
    # Machines to start; all without it.
    [string[]] $Machine,

    # Checks whose name is like this.
    [string] $Name = '*',

    # How long a machine may take, in seconds: a kernel that hangs does not end by itself.
    [int] $TimeLimit = 420,

    # Machines at the same time; each keeps one processor busy.
    [int] $AtOnce = 2
)

$ErrorActionPreference = 'Stop'
. $PSScriptRoot/Machines.ps1
. $PSScriptRoot/Guest.ps1
. $PSScriptRoot/Module.ps1
. $PSScriptRoot/Mtty.ps1
. $PSScriptRoot/LabMachine.ps1

$root = [IO.Path]::GetFullPath("$PSScriptRoot/../..")
$watch = [Diagnostics.Stopwatch]::StartNew()
try { $guest = Get-LabGuest "$root/out/cache/lab" }
catch {
    Write-Host "Lab skipped, its kernel cannot be had: $_"
    return [pscustomobject]@{ Engine = 'lab'; PassedCount = 0; FailedCount = 0; SkippedCount = 1; Tests = @() }
}

Save-LabModule $root "$root/out/lab/modules"
$waiting = [Collections.Generic.Queue[string]]::new([string[]] @($labMachines.Keys | Where-Object { -not $Machine -or $_ -in $Machine }))
$running = [Collections.Generic.List[object]]::new()
$results = [Collections.Generic.List[object]]::new()
try {
    while ($waiting.Count -or $running.Count) {
        while ($waiting.Count -and $running.Count -lt $AtOnce) { $running.Add((Start-LabMachine $waiting.Dequeue() $guest "$root/out/lab" $Name $TimeLimit)) }
        foreach ($each in $running) { Send-LabMtty "$root/out/cache/lab" $guest.Version $each.Folder }
        $ended = $running[[Threading.Tasks.Task]::WaitAny([Threading.Tasks.Task[]] @($running.Ended))]
        $null = $running.Remove($ended)
        foreach ($result in Complete-LabMachine $ended) { $results.Add($result) }
    }
}
finally { foreach ($left in $running) { $left.Process.Kill() } }

Write-LabTable $results
Write-Host ('Lab completed in {0:0}s.' -f $watch.Elapsed.TotalSeconds)
[pscustomobject]@{
    Engine       = 'lab'
    PassedCount  = @($results | Where-Object Result -eq 'passed').Count
    FailedCount  = @($results | Where-Object Result -eq 'failed').Count
    SkippedCount = @($results | Where-Object Result -eq 'skipped').Count
    Tests        = @($results)
}
