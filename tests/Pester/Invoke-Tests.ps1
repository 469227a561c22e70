<#
.SYNOPSIS
    Runs the Pester suites: with Pester 5.5 or later where it is installed, else with the runner beside this script.
.OUTPUTS
    An object with Engine, PassedCount, FailedCount, SkippedCount and Tests (ExpandedPath, Result, ErrorRecord, Duration).
#>
param(
    [string[]] $Path = $PSScriptRoot,
    [string[]] $Tag,
    [string[]] $ExcludeTag,
    [string] $FullName,
    [ValidateSet('None', 'Normal', 'Detailed')] [string] $Output = 'Normal',
    # Runs the runner also where there is a Pester.
    [switch] $NoPester
)

$ErrorActionPreference = 'Stop'
# Pester compiles code as it is imported; the embedded engine finds it on a machine that has one, and has no Add-Type.
$pester = if (Get-Command Add-Type -ErrorAction Ignore) {
    Get-Module -ListAvailable Pester | Where-Object { $_.Version -ge [version] '5.5.0' } | Select-Object -First 1
}
if (-not $pester -or $NoPester) {
    . $PSScriptRoot/Runner/Invoke-TestRun.ps1
    $run = Invoke-TestRun -Path $Path -Tag $Tag -ExcludeTag $ExcludeTag -FullName $FullName -Output $Output
    return $run | Select-Object @{ Name = 'Engine'; Expression = { 'runner' } }, *
}

Import-Module $pester
$configuration = New-PesterConfiguration
$configuration.Run.Path = $Path
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = $Output
if ($Tag) { $configuration.Filter.Tag = $Tag }
if ($ExcludeTag) { $configuration.Filter.ExcludeTag = $ExcludeTag }
if ($FullName) { $configuration.Filter.FullName = $FullName }
$run = Invoke-Pester -Configuration $configuration
# A file or a setup that fails outside of a test counts as a failure too.
$failed = $run.FailedCount + $run.FailedBlocksCount + $run.FailedContainersCount
$run | Select-Object @{ Name = 'Engine'; Expression = { "Pester $($pester.Version)" } }, PassedCount, @{ Name = 'FailedCount'; Expression = { $failed } }, SkippedCount, Tests
