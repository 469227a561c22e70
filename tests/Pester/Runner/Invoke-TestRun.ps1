# The entry of the runner. Dot-source this file: the runner's functions have to live where the tests do.
. $PSScriptRoot/Discovery.ps1
. $PSScriptRoot/Run.ps1
. $PSScriptRoot/Should.ps1

# Runs test files and returns what became of each test.
function Invoke-TestRun {
    param(
        [Parameter(Mandatory)] [string[]] $Path,
        [string[]] $Tag,
        [string[]] $ExcludeTag,
        [string] $FullName,
        [ValidateSet('None', 'Normal', 'Detailed')] [string] $Output = 'Normal'
    )
    $__run = @{ Tag = $Tag; ExcludeTag = $ExcludeTag; FullName = $FullName; Output = $Output; File = ''; Results = [Collections.Generic.List[object]]::new() }
    $watch = [Diagnostics.Stopwatch]::StartNew()
    foreach ($__file in Get-TestFile $Path) { Invoke-TestFile $__file }
    $summary = New-TestSummary $__run.Results
    if ($Output -ne 'None') {
        Write-Host ('Tests completed in {0:0.0}s. Passed: {1}, Failed: {2}, Skipped: {3}' -f $watch.Elapsed.TotalSeconds, $summary.PassedCount, $summary.FailedCount, $summary.SkippedCount)
    }
    $summary
}

function New-TestSummary($Results) {
    [pscustomobject]@{
        PassedCount  = @($Results | Where-Object Result -eq 'Passed').Count
        FailedCount  = @($Results | Where-Object Result -eq 'Failed').Count
        SkippedCount = @($Results | Where-Object Result -eq 'Skipped').Count
        Tests        = @($Results)
    }
}

function Get-TestFile([string[]] $Path) {
    foreach ($item in $Path) {
        $full = [IO.Path]::GetFullPath($item, $PWD.ProviderPath)
        if ([IO.Directory]::Exists($full)) { [IO.Directory]::GetFiles($full, '*.Tests.ps1', 'AllDirectories') | Sort-Object }
        elseif ([IO.File]::Exists($full)) { $full }
        else { throw "There is no test file '$full'." }
    }
}

# A file that cannot be read is one failed test: it must not look like a file without tests.
function Invoke-TestFile([string] $__Path) {
    $__run.File = $__Path
    if ($__run.Output -ne 'None') { Write-Host "Running tests from '$__Path'" }
    $TestDrive = [IO.Directory]::CreateTempSubdirectory('drive').FullName
    # The drive is this function's: a run inside of a test has one of its own.
    $__drive = New-PSDrive -Name TestDrive -PSProvider FileSystem -Root $TestDrive
    try { Invoke-TestBlock (Get-TestTree $__Path) }
    catch { Add-TestResult $null ([IO.Path]::GetFileName($__Path)) 'Failed' $_ }
    finally {
        [IO.Directory]::Delete($TestDrive, $true)
    }
}

function Add-TestResult($Test, [string] $Name, [string] $Result, $Failure, [timespan] $Duration = [timespan]::Zero) {
    $full = if ($Test) { Get-TestFullName $Test $Name } else { $Name }
    $__run.Results.Add([pscustomobject]@{ File = $__run.File; ExpandedPath = $full; Result = $Result; ErrorRecord = $Failure; Duration = $Duration })
    if ($__run.Output -eq 'Detailed' -or ($__run.Output -eq 'Normal' -and $Result -eq 'Failed')) {
        Write-Host ('  [{0}] {1} {2:0}ms' -f $(switch ($Result) { 'Passed' { '+' } 'Failed' { '-' } default { '!' } }), $full, $Duration.TotalMilliseconds)
    }

    if ($Failure -and $__run.Output -ne 'None') {
        Write-Host "      $($Failure.Exception.Message -replace "`n", "`n      ")"
        Write-Host "      $(Get-FailurePlace $Failure)"
    }
}

# Where in the test file, not where in the runner.
function Get-FailurePlace($Failure) {
    $frames = "$($Failure.ScriptStackTrace)" -split "`n"
    $own = $frames | Where-Object { $_ -notlike "*$PSScriptRoot*" } | Select-Object -First 1
    if ($own) { $own } else { $frames[0] }
}
