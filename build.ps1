<#
.SYNOPSIS
    Everything that is done with this repository. Runs in pwsh and in the embedded engine: ./qps build.ps1 -Task Test
.DESCRIPTION
    Build   compiles the module and lays it out as out/QemuPS/VERSION
    Test    xunit and Pester suites and the lab; -Path and -FullName narrow to Pester suites, the last line counts all tests
    Lab     the device commands in machines of our own, with a real kernel (tests/Lab); -FullName narrows the checks
    Demo    examples/first-light.ps1: from a disk to a running machine
    Help    compiles docs/help to en-US/QemuPS.dll-Help.xml (needs Microsoft.PowerShell.PlatyPS)
    Bench   benchmarks/*.ps1
    Soak    tests/Soak/*.ps1: a thousand starts and stops, and what stays behind; -Count for another number
    Pack    Build, and out/QemuPS.VERSION.nupkg
    Clean   removes out/
.EXAMPLE
    ./qps build.ps1 -Task Test -Path tests/Pester/Disk.Tests.ps1
#>
param(
    [ValidateSet('Build', 'Test', 'Lab', 'Demo', 'Help', 'Bench', 'Soak', 'Pack', 'Clean')]
    [string[]] $Task = 'Build',

    # Pester files to run; all without it, and the xunit suites only then.
    [string[]] $Path,

    # Pester tests, or checks of the lab, whose full name is like this.
    [string] $FullName,

    # Pester tests with one of these tags are left out.
    [string[]] $ExcludeTag,

    # How often Soak starts and stops a machine.
    [int] $Count = 1000
)

$ErrorActionPreference = 'Stop'
$root = $PSScriptRoot
$out = Join-Path $root 'out'
$manifest = [IO.File]::ReadAllText((Join-Path $root 'QemuPS.psd1'))
$version = [regex]::Match($manifest, "ModuleVersion\s*=\s*'([^']+)'").Groups[1].Value
$module = Join-Path $out "QemuPS/$version"
. (Join-Path $root 'build/SystemPackages.ps1')

# What a tool says is shown only when it fails.
function Invoke-Tool([string] $Tool, [string[]] $Arguments) {
    $said = @(& $Tool @Arguments 2>&1)
    if ($LASTEXITCODE -eq 0) { return }
    $said | ForEach-Object { Write-Host $_ }
    throw "$Tool $($Arguments -join ' ') ended with exit code $LASTEXITCODE"
}

function Invoke-Build {
    Invoke-Tool dotnet @('build', "$root/src/QemuPS/QemuPS.csproj", '-c', 'Release', '-v', 'quiet', '--nologo')
    $built = "$out/build/bin/QemuPS/release"
    $files = @("$root/QemuPS.psd1", "$root/LICENSE", "$built/QemuPS.dll", "$built/QemuPS.Core.dll", "$built/CliWrap.dll",
        "$root/src/QemuPS.Core/Machines/Definition/Schema/vm.schema.json") +
        [IO.Directory]::GetFiles("$root/src/QemuPS/Views")

    # A new folder takes the old one's place: a shell that has the old module loaded keeps the files it has open.
    $staging = "$out/QemuPS.staging"
    if ([IO.Directory]::Exists($staging)) { [IO.Directory]::Delete($staging, $true) }
    $null = [IO.Directory]::CreateDirectory("$staging/en-US")
    foreach ($file in $files) { [IO.File]::Copy($file, "$staging/$([IO.Path]::GetFileName($file))") }
    foreach ($file in [IO.Directory]::GetFiles("$root/docs/help", 'about_*.md')) { [IO.File]::Copy($file, "$staging/en-US/$([IO.Path]::GetFileNameWithoutExtension($file)).help.txt") }
    foreach ($file in [IO.Directory]::GetFiles("$root/en-US")) { [IO.File]::Copy($file, "$staging/en-US/$([IO.Path]::GetFileName($file))") }
    if ([IO.Directory]::Exists("$out/QemuPS")) { [IO.Directory]::Delete("$out/QemuPS", $true) }
    $null = [IO.Directory]::CreateDirectory("$out/QemuPS")
    [IO.Directory]::Move($staging, $module)
    [IO.File]::WriteAllText("$out/.module-stamp", $version)
}

function Invoke-Test {
    Install-SystemPackage Qemu, Guests, Devices, Host, Lab
    Invoke-Build
    $passed = $failed = 0
    foreach ($suite in @(if (-not $Path) { Invoke-XunitSuites }) + @(Invoke-PesterSuites) + @(if (-not $Path -and -not $FullName) { Invoke-LabSuite })) {
        Write-Host ('{0}: {1} passed, {2} failed, {3} skipped' -f $suite.Name, $suite.Passed, $suite.Failed, $suite.Skipped)
        $passed += $suite.Passed
        $failed += $suite.Failed
    }

    Write-Host "$passed passed, $failed failed"
    if ($failed -gt 0 -or $passed -eq 0) { exit 1 }
}

function Invoke-XunitSuites {
    # Not all folders below: the recorded hosts have links that lead round in circles, as /sys has.
    foreach ($project in [IO.Directory]::GetDirectories("$root/tests") | ForEach-Object { [IO.Directory]::GetFiles($_, '*.csproj') } | Sort-Object) {
        $name = [IO.Path]::GetFileNameWithoutExtension($project)
        $lines = @(& dotnet test $project --nologo -v quiet --logger 'console;verbosity=minimal' 2>&1 | ForEach-Object { "$_" })
        $exitCode = $LASTEXITCODE
        $counts = [regex]::Match($lines -join "`n", 'Failed:\s*(\d+), Passed:\s*(\d+), Skipped:\s*(\d+)')
        if (-not $counts.Success -or $counts.Groups[1].Value -ne '0' -or $exitCode -ne 0) { $lines | ForEach-Object { Write-Host $_ } }
        if (-not $counts.Success) { throw "$name did not run" }
        [pscustomobject]@{
            Name    = $name
            Failed  = [int] $counts.Groups[1].Value
            Passed  = [int] $counts.Groups[2].Value
            Skipped = [int] $counts.Groups[3].Value
        }
    }
}

function Invoke-PesterSuites {
    $arguments = @{ Path = if ($Path) { $Path } else { "$root/tests/Pester" } }
    if ($FullName) { $arguments.FullName = $FullName }
    if ($ExcludeTag) { $arguments.ExcludeTag = $ExcludeTag }
    $run = & "$root/tests/Pester/Invoke-Tests.ps1" @arguments
    [pscustomobject]@{ Name = "Pester ($($run.Engine))"; Passed = $run.PassedCount; Failed = $run.FailedCount; Skipped = $run.SkippedCount }
}

function Invoke-LabSuite {
    $arguments = if ($FullName) { @{ Name = $FullName } } else { @{} }
    $run = & "$root/tests/Lab/Invoke-Lab.ps1" @arguments
    [pscustomobject]@{ Name = 'Lab'; Passed = $run.PassedCount; Failed = $run.FailedCount; Skipped = $run.SkippedCount }
}

function Invoke-Lab {
    Install-SystemPackage Qemu, Guests, Devices, Lab
    Invoke-Build
    $lab = Invoke-LabSuite
    Write-Host "$($lab.Passed) passed, $($lab.Failed) failed, $($lab.Skipped) skipped"
    if ($lab.Failed -gt 0) { exit 1 }
}

function Invoke-Demo {
    Install-SystemPackage Qemu, Demo
    Invoke-Build
    Import-Module "$module/QemuPS.psd1"
    & "$root/examples/first-light.ps1"
}

function Invoke-Help {
    if (-not (Get-Module -ListAvailable Microsoft.PowerShell.PlatyPS)) {
        Write-Host 'Help needs the module Microsoft.PowerShell.PlatyPS 1.0 in pwsh: Install-PSResource Microsoft.PowerShell.PlatyPS'
        exit 2
    }

    Invoke-Build
    & "$root/build/Types.ps1" -Documentation "$out/build/bin/QemuPS.Core/release/QemuPS.Core.xml" -Destination "$root/docs/help/about_QemuPS_Types.md"
    & "$root/build/Help.ps1" -Source "$root/docs/help" -Destination "$root/en-US"
}

function Invoke-Bench {
    Install-SystemPackage Qemu
    Invoke-Build
    Import-Module "$module/QemuPS.psd1"
    foreach ($script in [IO.Directory]::GetFiles("$root/benchmarks", '*.ps1')) { & $script }
}

function Invoke-Soak {
    Install-SystemPackage Qemu
    Invoke-Build
    Import-Module "$module/QemuPS.psd1"
    foreach ($script in [IO.Directory]::GetFiles("$root/tests/Soak", '*.ps1')) { & $script -Cycles $Count | Format-List }
}

function Invoke-Pack {
    Invoke-Build
    Invoke-Tool dotnet @(
        'pack', "$root/src/QemuPS/QemuPS.csproj", '-c', 'Release', '--no-build', '--nologo', '-v', 'quiet', '-o', $out,
        '-p:NoPackageAnalysis=true', "-p:NuspecFile=$root/build/QemuPS.nuspec", "-p:NuspecBasePath=$module", "-p:NuspecProperties=version=$version")
    [IO.FileInfo] "$out/QemuPS.$version.nupkg"
}

function Invoke-Clean {
    # The embedded engine may be what runs this; it is left for the next start to replace.
    foreach ($folder in 'QemuPS', 'build') {
        if ([IO.Directory]::Exists("$out/$folder")) { [IO.Directory]::Delete("$out/$folder", $true) }
    }

    [IO.File]::Delete("$out/.module-stamp")
}

foreach ($name in $Task) { & "Invoke-$name" }
