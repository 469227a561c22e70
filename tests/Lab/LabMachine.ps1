# Starting a machine of the lab, and reading what it says.

# Starts a machine; Ended is the task that waits for it.
function Start-LabMachine([string] $Name, $Guest, [string] $Folder, [string] $Checks, [int] $TimeLimit) {
    $own = "$Folder/$Name"
    if ([IO.Directory]::Exists($own)) { [IO.Directory]::Delete($own, $true) }
    $null = [IO.Directory]::CreateDirectory($own)
    foreach ($file in $labFiles.Keys) {
        $stream = [IO.File]::Create("$own/$file")
        $stream.SetLength($labFiles[$file])
        $stream.Dispose()
    }
    [IO.File]::WriteAllText("$own/checks", $Checks)

    # Paths are relative to the machine's folder: a socket's may have 107 bytes only.
    $start = [Diagnostics.ProcessStartInfo]::new('qemu-system-x86_64')
    $start.WorkingDirectory = $own
    foreach ($argument in Get-LabArgument $Name $Guest) { $start.ArgumentList.Add($argument) }
    $process = [Diagnostics.Process]::Start($start)
    $limit = [Threading.CancellationTokenSource]::new([timespan]::FromSeconds($TimeLimit))
    [pscustomobject]@{ Name = $Name; Folder = $own; Process = $process; TimeLimit = $TimeLimit; Limit = $limit; Ended = $process.WaitForExitAsync($limit.Token) }
}

function Get-LabArgument([string] $Name, $Guest) {
    $machine = $labMachines[$Name]
    $root = [IO.Path]::GetFullPath("$PSScriptRoot/../..")
    # The same engine inside: its program, or for pwsh as a .NET tool the pwsh on the PATH.
    $program = [Environment]::ProcessPath
    if ([IO.Path]::GetFileName($program) -eq 'dotnet') { $program = (Get-Command pwsh -CommandType Application | Select-Object -First 1).Source }
    $words = "lab_root=$root", "lab_name=$Name", "lab_modules=$($Guest.Modules)", "lab_engine=$program"
    '-machine', $machine.Machine, '-accel', 'tcg', '-cpu', 'max', '-smp', '1', '-m', '1536', '-nodefaults', '-display', 'none', '-no-reboot'
    '-kernel', $Guest.Kernel, '-initrd', $Guest.Initrd, '-append', "console=ttyS0 quiet panic=-1 $($machine.KernelArguments) $words"
    '-serial', 'file:console.log'
    # What is mounted below / has inode numbers of its own, which would meet those of others.
    '-virtfs', 'local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap'
    '-virtfs', 'local,path=.,mount_tag=lab,security_model=none'
    $machine.Arguments, $labDevices | ForEach-Object { $_ -split '\s+' } | Where-Object { $_ }
}

# What became of a machine's checks; that it ended is one of them.
function Complete-LabMachine($Run) {
    $Run.Limit.Dispose()
    $late = -not $Run.Process.HasExited
    if ($late) {
        $Run.Process.Kill()
        $Run.Process.WaitForExit()
    }
    $lines = @(if ([IO.File]::Exists("$($Run.Folder)/results.jsonl")) { [IO.File]::ReadAllLines("$($Run.Folder)/results.jsonl") })
    $results = @($lines | ForEach-Object { $_ | ConvertFrom-Json } | ForEach-Object { [pscustomobject]@{ Machine = $Run.Name; Check = $_.check; Result = $_.result; Detail = $_.detail; Seconds = [double] $_.seconds } })
    $results | Where-Object Check -ne 'the end'
    if ($results | Where-Object Check -eq 'the end') { return }

    $console = "$($Run.Folder)/console.log"
    $tail = @(if ([IO.File]::Exists($console)) { [IO.File]::ReadAllLines($console) } ) | Select-Object -Last 25
    $why = if ($late) { "It did not end within $($Run.TimeLimit) s" } else { "QEMU ended with $($Run.Process.ExitCode) before the checks did" }
    [pscustomobject]@{ Machine = $Run.Name; Check = 'the machine comes to the end of its checks'; Result = 'failed'; Detail = "$why. Its console said last:`n$($tail -join "`n")"; Seconds = 0 }
}

# A line a check, a column a machine, and what went wrong below.
function Write-LabTable($Results) {
    $machines = @($Results.Machine | Select-Object -Unique)
    $width = ($Results.Check | ForEach-Object Length | Measure-Object -Maximum).Maximum + 2
    Write-Host ('Check'.PadRight($width) + (($machines | ForEach-Object { '{0,-9}' -f $_ }) -join ''))
    foreach ($check in @($Results.Check | Select-Object -Unique)) {
        $cells = foreach ($machine in $machines) {
            $one = $Results | Where-Object { $_.Machine -eq $machine -and $_.Check -eq $check } | Select-Object -First 1
            '{0,-9}' -f $(if ($one) { $one.Result })
        }
        Write-Host ($check.PadRight($width) + ($cells -join ''))
    }
    foreach ($skipped in $Results | Where-Object Result -eq 'skipped' | Sort-Object Check, Detail -Unique) { Write-Host "Skipped: $($skipped.Check): $($skipped.Detail)" }
    foreach ($failed in $Results | Where-Object Result -eq 'failed') { Write-Host "Failed in '$($failed.Machine)': $($failed.Check)`n  $($failed.Detail)" }
}
