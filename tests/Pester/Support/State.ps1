# Dot-sourced in BeforeAll: what it takes to bring machines into trouble.

function Get-RuntimeFile([string] $Name, [string] $File) { [IO.Path]::Combine([IO.Path]::GetDirectoryName((Get-QemuVm $Name).QmpSocketPath), $File) }

# A client that takes a monitor and keeps it.
function Connect-Monitor([string] $Path) {
    $socket = [Net.Sockets.Socket]::new('Unix', 'Stream', 'Unspecified')
    $socket.Connect([Net.Sockets.UnixDomainSocketEndPoint]::new($Path))
    $null = $socket.Receive([byte[]]::new(1024))
    $socket
}

# Takes all monitors of a machine: for everybody who asks, it hangs.
function Connect-AllMonitors([string] $Name) {
    $folder = [IO.Path]::GetDirectoryName((Get-QemuVm $Name).QmpSocketPath)
    [IO.Directory]::GetFiles($folder, '*.sock') | Where-Object { $_ -match '/(qmp|events\d*)\.sock$' } | ForEach-Object { Connect-Monitor $_ }
}

function Send-Signal([int] $Id, [string] $Signal) {
    & kill "-$Signal" $Id
    if ($Signal -in 'KILL', 'TERM') { while (Test-ProcessRuns $Id) { Start-Sleep -Milliseconds 5 } }
}

# A disk whose first sector is a program of ours: the whole of a guest.
function New-GuestDisk([string] $Path, [byte[]] $Program, [long] $Size = 1MB) {
    $sector = [byte[]]::new(512)
    $Program.CopyTo($sector, 0)
    $sector[510], $sector[511] = 0x55, 0xaa
    $file = [IO.File]::Create($Path)
    $file.Write($sector, 0, 512)
    $file.SetLength($Size)
    $file.Dispose()
}

function Wait-State([string] $Name, [string] $State) {
    $limit = [DateTime]::UtcNow.AddSeconds(30)
    do { $vm = Get-QemuVm $Name } until ($vm.State -eq $State -or [DateTime]::UtcNow -gt $limit)
    $vm
}
