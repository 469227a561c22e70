# Dot-sourced in BeforeAll: a store and a runtime folder of the test file's own, and words the tests share.

$RepositoryRoot = [IO.Path]::GetFullPath("$PSScriptRoot/../../..")
$MemtestIso = '/usr/lib/memtest86+/memtest86+x64.iso'

# Sockets lie below it, and their paths are limited to 107 bytes: it has to be short.
function Enter-TestSession {
    $script:TestFolder = [IO.Directory]::CreateTempSubdirectory('qps').FullName
    $script:SavedEnvironment = @{ QEMUPS_HOME = $env:QEMUPS_HOME; XDG_RUNTIME_DIR = $env:XDG_RUNTIME_DIR }
    $env:QEMUPS_HOME = "$TestFolder/home"
    $env:XDG_RUNTIME_DIR = $TestFolder
}

function Exit-TestSession {
    Get-QemuVm | Where-Object State -ne Off | Stop-QemuVm -TurnOff
    $env:QEMUPS_HOME = $SavedEnvironment.QEMUPS_HOME
    $env:XDG_RUNTIME_DIR = $SavedEnvironment.XDG_RUNTIME_DIR
    [IO.Directory]::Delete($TestFolder, $true)
}

# The stable id of the error that an action ends with; empty where it ends well.
function Get-FailureId([scriptblock] $Action) {
    $ErrorActionPreference = 'Stop'
    try { $null = & $Action; '' } catch { ($_.FullyQualifiedErrorId -split ',')[0] }
}

# The error record that an action ends with.
function Get-Failure([scriptblock] $Action) {
    $ErrorActionPreference = 'Stop'
    try { $null = & $Action } catch { $_ }
}

# Another PowerShell of the same kind, already under way; through a command that starts another where one is given.
function Start-AnotherShell([string] $Command, [string[]] $Through = @()) {
    $words = @($Through) + "$RepositoryRoot/qps"
    $start = [Diagnostics.ProcessStartInfo]::new($words[0])
    $words | Select-Object -Skip 1 | ForEach-Object { $start.ArgumentList.Add($_) }
    foreach ($argument in '-NoProfile', '-NonInteractive', '-Command', $Command) { $start.ArgumentList.Add($argument) }
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $start.RedirectStandardInput = $true
    $start.Environment['QPS_ENGINE'] = if ([Reflection.Assembly]::GetEntryAssembly().GetName().Name -eq 'pwsh') { 'pwsh' } else { 'embedded' }
    [Diagnostics.Process]::Start($start)
}

# Another shell that has these words, too.
function Start-ActingShell([string] $Command) { Start-AnotherShell ". '$RepositoryRoot/tests/Pester/Support/Session.ps1'; $Command" }

# Returns when so many clients have taken monitors for watching. Who looks for a free one calls all of them for a moment.
function Wait-Watcher([string] $Name, [int] $Count = 1) {
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $seen = 0
    while ($seen -lt 5) {
        $taken = @(Invoke-QmpCommand query-chardev $Name | Where-Object { $_.label -like 'events*' -and $_.filename -notlike 'disconnected:*' }).Count
        $seen = if ($taken -eq $Count) { $seen + 1 } else { 0 }
        if ($clock.Elapsed.TotalSeconds -gt 60) { throw "$taken watch '$Name', not $Count." }
        Start-Sleep -Milliseconds 10
    }
}

# A process that has ended may stay in the list until its parent has looked at it.
function Test-ProcessRuns([int] $Id) {
    [IO.File]::Exists("/proc/$Id/status") -and [IO.File]::ReadAllText("/proc/$Id/status") -notmatch 'State:\s+Z'
}

# What QEMU sees in a machine: the classes of all devices, sorted.
function Get-DeviceClass([string] $Name) {
    (Invoke-QmpCommand $Name -Hmp 'info qtree') -split "`n" |
        ForEach-Object { if ($_ -match '^\s*dev: ([^,]+),') { $Matches[1] } } | Sort-Object
}
