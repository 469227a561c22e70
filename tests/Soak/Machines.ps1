# Starts and stops one machine over and over in one shell, and looks at what stays behind: processes, sockets, files,
# descriptors, threads, memory. Every tenth QEMU is killed instead of stopped. Gives the figures; throws when something leaks.
param([int] $Cycles = 1000)

$folder = [IO.Directory]::CreateTempSubdirectory('qpsoak').FullName
$home0, $runtime0 = $env:QEMUPS_HOME, $env:XDG_RUNTIME_DIR
$env:QEMUPS_HOME = "$folder/home"
$env:XDG_RUNTIME_DIR = $folder

# Commands that name our folder: QEMUs, and whatever they or we started.
function Get-LeftProcess {
    foreach ($process in [IO.Directory]::GetDirectories('/proc') | Where-Object { $_ -match '/\d+$' -and $_ -ne "/proc/$PID" }) {
        try { if ([IO.File]::ReadAllText("$process/cmdline").Contains($folder)) { [int] ($process -replace '.*/') } }
        catch [IO.IOException] { } # It has ended meanwhile.
    }
}

# Children that ended and that nobody waited for are there as well.
function Get-ChildCount {
    $count = 0
    foreach ($process in [IO.Directory]::GetDirectories('/proc') | Where-Object { $_ -match '/\d+$' }) {
        try { if (([IO.File]::ReadAllText("$process/stat") -replace '.*\) ').Split(' ')[1] -eq "$PID") { $count++ } }
        catch [IO.IOException] { } # It has ended meanwhile.
    }
    $count
}

function Get-StatusMiB([string] $Name) { [Math]::Round([long]([regex]::Match([IO.File]::ReadAllText('/proc/self/status'), "${Name}:\s+(\d+)").Groups[1].Value) / 1024, 1) }

function Get-Figure {
    # What only waits for its finalizer is no leak.
    foreach ($round in 1, 2) { [GC]::Collect(); [GC]::WaitForPendingFinalizers() }
    [pscustomobject]@{
        Descriptors = [IO.Directory]::GetFileSystemEntries('/proc/self/fd').Count
        Threads     = [IO.Directory]::GetDirectories('/proc/self/task').Count
        Children    = Get-ChildCount
        HeapMiB     = [Math]::Round([GC]::GetTotalMemory($true) / 1MB, 2)
        ResidentMiB = Get-StatusMiB VmRSS
        Files       = @([IO.Directory]::GetFiles($folder, '*', 'AllDirectories') | ForEach-Object { $_.Substring($folder.Length) } | Sort-Object) -join ' '
        Sockets     = @([IO.File]::ReadAllLines('/proc/net/unix') | Where-Object { $_.Contains($folder) }).Count
        Processes   = @(Get-LeftProcess).Count
    }
}

function Invoke-Cycle([int] $Number) {
    Start-QemuVm soak
    $vm = Get-QemuVm soak
    if ($vm.State -ne 'Running') { throw "cycle ${Number}: $($vm.State) ($($vm.Status))" }
    if ($Number % 10) { Stop-QemuVm soak -TurnOff }
    else {
        & kill -KILL $vm.ProcessId
        while ((Get-QemuVm soak).State -ne 'Off') { Start-Sleep -Milliseconds 1 }
        $null = Repair-QemuVm soak
    }
}

try {
    $null = New-QemuVm -Name soak -Accelerator Tcg -MemoryStartupBytes 1MB -Vga None -NewDiskPath "$folder/soak.qcow2" -NewDiskSizeBytes 1MB
    # What is compiled and pooled once is there after the first tenth.
    # The first cycles are the runtime's: code, threads, its sockets for events.
    $warm = [Math]::Max(20, $Cycles / 10)
    $watch = [Diagnostics.Stopwatch]::StartNew()
    foreach ($number in 1..$warm) { Invoke-Cycle $number }
    $before = Get-Figure
    foreach ($number in ($warm + 1)..$Cycles) { Invoke-Cycle $number }
    $seconds = $watch.Elapsed.TotalSeconds
    $after = Get-Figure
    $figures = [pscustomobject]@{
        Cycles = $Cycles; Seconds = [Math]::Round($seconds, 1); CycleMs = [Math]::Round($seconds * 1000 / $Cycles, 1)
        Processes = $after.Processes; Sockets = $after.Sockets; NewFiles = [int] ($after.Files -ne $before.Files)
        Descriptors = "$($before.Descriptors) -> $($after.Descriptors)"; Threads = "$($before.Threads) -> $($after.Threads)"; Children = "$($before.Children) -> $($after.Children)"
        HeapMiB = "$($before.HeapMiB) -> $($after.HeapMiB)"; ResidentMiB = "$($before.ResidentMiB) -> $($after.ResidentMiB)"
    }
    $figures

    $leaks = @(
        if ($after.Processes) { 'processes' }
        if ($after.Sockets) { 'sockets' }
        if ($after.Files -ne $before.Files) { "files ($($after.Files))" }
        # The runtime's pool of threads and its sockets for events come and go by a few.
        if ($after.Descriptors -gt $before.Descriptors + 5) { 'descriptors' }
        if ($after.Threads -gt $before.Threads + 10) { 'threads' }
        if ($after.Children -gt $before.Children) { 'children' }
        if ($after.HeapMiB -gt $before.HeapMiB + 2) { 'managed memory' }
        # The runtime takes what it needs during some hundred cycles: before, this says nothing.
        if ($warm -ge 100 -and $after.ResidentMiB -gt $before.ResidentMiB + 25) { 'memory' }
    )
    if ($leaks) { throw "leaked: $($leaks -join ', ')" }
}
finally {
    Get-QemuVm | Where-Object State -ne Off | Stop-QemuVm -TurnOff
    $env:QEMUPS_HOME, $env:XDG_RUNTIME_DIR = $home0, $runtime0
    [IO.Directory]::Delete($folder, $true)
}
