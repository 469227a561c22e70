# What a guest is started by and with: UEFI, its variables, Secure Boot, a TPM, what a system asks for, a display.
BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    . $PSScriptRoot/Support/Guest.ps1
    Enter-TestSession
    $guest = Get-TestGuest "$RepositoryRoot/out/cache/guest"
    $linux = @{ KernelPath = $guest.Kernel; InitrdPath = $guest.Initrd; KernelCommandLine = 'console=ttyS0'; Accelerator = 'Tcg'; MemoryStartupBytes = 256MB; NoDisk = $true; Network = 'None' }

    function Get-Json([string] $Name) { [IO.File]::ReadAllText((Get-QemuVm $Name).Path) | ConvertFrom-Json }

    # Everything on the serial port from the first instruction on, until the guest is up.
    function Read-Boot([string] $Name) {
        Start-QemuVm $Name -Paused
        Wait-SerialText $Name 'guest is up' -TimeoutSeconds 120 -WhenConnected { Resume-QemuVm $Name }
    }

    function Get-RuntimeFolder([string] $Name) { [IO.Path]::GetDirectoryName((Get-QemuVm $Name).QmpSocketPath) }

    # A process's end has an event; this one is not ours to wait for.
    function Wait-End([int] $Id) {
        $end = [datetime]::UtcNow.AddSeconds(20)
        while ((Test-ProcessRuns $Id) -and [datetime]::UtcNow -lt $end) { }
        -not (Test-ProcessRuns $Id)
    }
}

AfterAll { Exit-TestSession }

Describe 'A machine of generation 2' {
    It 'starts its guest by UEFI with Secure Boot, and gives it a TPM' {
        $vm = New-QemuVm -Name secure -Generation 2 -SecureBoot -Tpm @linux
        $boot = Read-Boot secure
        $tpm = [int] [IO.File]::ReadAllText("$(Get-RuntimeFolder secure)/tpm.pid")

        $vm.Generation | Should -Be 2
        $vm.MachineType | Should -Be 'q35'
        $boot | Should -Match 'efi: EFI v2'
        $boot | Should -Match 'Secure boot enabled'
        $boot | Should -Match 'ACPI: TPM2 '
        Test-ProcessRuns $tpm | Should -BeTrue
        Stop-QemuVm secure -TurnOff
        Wait-End $tpm | Should -BeTrue
    }

    It 'keeps variables of its own, which snapshots can have, as long as it lives' {
        $null = New-QemuVm -Name one -Generation 2 @linux
        $null = New-QemuVm -Name two -Generation 2 @linux
        Start-QemuVm one -Paused
        $vars = (Get-Json one).firmware.varsPath
        $made = [IO.File]::GetCreationTimeUtc($vars)
        Stop-QemuVm one -TurnOff
        Start-QemuVm one -Paused
        Stop-QemuVm one -TurnOff

        (Get-Json two).firmware.varsPath | Should -Not -Be $vars
        (Get-QemuDisk $vars).Format | Should -Be 'qcow2'
        [IO.File]::GetCreationTimeUtc($vars) | Should -Be $made
        Remove-QemuVm one -Confirm:$false
        [IO.File]::Exists($vars) | Should -BeFalse
    }

    It 'gets variables of its own also when it is made from another definition' {
        $null = Get-QemuVm two | New-QemuVm -Name three

        (Get-Json three).firmware.varsPath | Should -Be "$TestFolder/home/vms/three/uefi-vars.qcow2"
    }

    It 'boots without Secure Boot by default, on a pc machine too' {
        $null = New-QemuVm -Name uefipc -Generation 2 -MachineType pc @linux
        $boot = Read-Boot uefipc
        Stop-QemuVm uefipc -TurnOff

        $boot | Should -Match 'efi: EFI v2'
        $boot | Should -Not -Match 'Secure boot enabled'
    }

    It 'is refused where <What>' -ForEach @(
        @{ What = 'Secure Boot meets a BIOS'; Arguments = @{ Generation = 1; SecureBoot = $true }; Id = 'InvalidOption' }
        @{ What = 'Secure Boot meets a machine without System Management Mode'; Arguments = @{ MachineType = 'pc'; SecureBoot = $true }; Id = 'FirmwareNotFound' }
    ) {
        Get-FailureId { New-QemuVm never @Arguments } | Should -Be $Id
        Get-QemuVm neve* | Should -BeNullOrEmpty
    }
}

Describe 'Set-QemuVm' {
    It 'switches Secure Boot and TPM, and comes back to the variables from before' {
        $null = New-QemuVm -Name changing @linux -MachineType q35
        Set-QemuVm changing -SecureBoot -Tpm
        $secure = Get-Json changing
        Set-QemuVm changing -SecureBoot:$false -Tpm:$false
        $plain = Get-Json changing
        Set-QemuVm changing -SecureBoot

        $secure.firmware.secureBoot | Should -BeTrue
        $secure.tpm | Should -BeTrue
        $plain.firmware.secureBoot | Should -BeFalse
        $plain.tpm | Should -BeFalse
        $plain.firmware.varsPath | Should -Not -Be $secure.firmware.varsPath
        (Get-Json changing).firmware.varsPath | Should -Be $secure.firmware.varsPath
    }
}

Describe 'The TPM of a machine' {
    It 'goes with a QEMU that is killed' {
        $null = New-QemuVm -Name killed -Tpm -NoDisk -Accelerator Tcg -MemoryStartupBytes 64MB -MachineType q35
        Start-QemuVm killed -Paused
        $tpm = [int] [IO.File]::ReadAllText("$(Get-RuntimeFolder killed)/tpm.pid")
        & kill -9 (Get-QemuVm killed).ProcessId

        Wait-End $tpm | Should -BeTrue
    }

    It 'does not outlive a start that fails' {
        $null = New-QemuVm -Name failing -Tpm -NoDisk -Accelerator Tcg -MemoryStartupBytes 64MB -MachineType q35 -QemuArgument '-device', 'no-such-device'
        Get-FailureId { Start-QemuVm failing -NoPreflight } | Should -Be 'VmStartFailed'

        $folder = Get-RuntimeFolder failing
        [IO.File]::Exists("$folder/tpm.pid") | Should -BeFalse
        $left = [IO.Directory]::GetDirectories('/proc') | Where-Object { $_ -match '/\d+$' -and [IO.File]::Exists("$_/cmdline") } |
            Where-Object { try { [IO.File]::ReadAllText("$_/cmdline").Contains("$folder/tpm.sock") } catch { $false } } |
            Where-Object { Wait-End ([int] [IO.Path]::GetFileName($_)) | ForEach-Object { -not $_ } }
        $left | Should -BeNullOrEmpty
    }

    It 'keeps what it knows in the machine''s folder, closed to others' {
        $folder = "$TestFolder/home/vms/killed/tpm"

        [IO.File]::Exists("$folder/tpm2-00.permall") | Should -BeTrue
        [IO.File]::GetUnixFileMode($folder) | Should -Be ([IO.UnixFileMode] 'UserRead, UserWrite, UserExecute')
    }
}

Describe 'New-QemuVm -GuestOs' {
    It 'gives Windows 11 what it asks for, and says why' {
        $vm = New-QemuVm -Name w11 -GuestOs Windows11 -NewDiskPath "$TestFolder/w11.qcow2" -NewDiskSizeBytes 1GB -IsoPath $MemtestIso -VirtioDriverIso $MemtestIso -Verbose -OutVariable made 4>&1 |
            Where-Object { $_ -is [QemuPS.QemuVm] }
        $json = Get-Json w11

        $json.firmware.secureBoot | Should -BeTrue
        $json.tpm | Should -BeTrue
        $json.localTime | Should -BeTrue
        $json.drives.bus[0] | Should -Be 'Sata'
        $json.drives.id | Should -Be 'disk0', 'cd0', 'cd1'
        $json.networkAdapters[0].model | Should -Be 'e1000e'
        ($made | Where-Object { $_ -is [Management.Automation.VerboseRecord] }).Message | Should -Contain "A TPM 2.0: the guest's installer asks for it."
    }

    It 'yields to what is said besides' {
        $null = New-QemuVm -Name mine -GuestOs Linux -MachineType pc -CpuModel qemu64 -NetworkModel e1000 -DiskPath "$TestFolder/w11.qcow2" -DiskBus Nvme
        $json = Get-Json mine

        $json.machineType | Should -Be 'pc'
        $json.cpuModel | Should -Be 'qemu64'
        $json.networkAdapters[0].model | Should -Be 'e1000'
        $json.drives[0].bus | Should -Be 'Nvme'
    }

    It 'makes machines that QEMU starts: <GuestOs>' -ForEach @('Linux', 'Windows10', 'Windows11', 'Bsd', 'Other' | ForEach-Object { @{ GuestOs = $_ } }) {
        $null = New-QemuVm -Name "os$GuestOs" -GuestOs $GuestOs -NoDisk -Accelerator Tcg -MemoryStartupBytes 128MB
        Start-QemuVm "os$GuestOs" -Paused

        (Get-QemuVm "os$GuestOs").State | Should -Be 'Starting'
        Stop-QemuVm "os$GuestOs" -TurnOff
    }

    It 'has no Hyper-V interfaces where TCG runs the machine: they are KVM''s' {
        $null = New-QemuVm -Name w10tcg -GuestOs Windows10 -NoDisk -Accelerator Tcg
        (ConvertTo-QemuCommandLine w10tcg -Shell Array) -join ' ' | Should -Not -Match 'hv-relaxed'
    }
}

Describe 'A display' {
    It 'is a socket of the machine''s owner, at which a VNC server speaks' {
        $null = New-QemuVm -Name vnc -Display Vnc -NoDisk -Accelerator Tcg -MemoryStartupBytes 64MB
        Start-QemuVm vnc -Paused
        $uri = (Get-QemuVm vnc).DisplayUri
        $socket = [Net.Sockets.Socket]::new('Unix', 'Stream', 'Unspecified')
        $socket.Connect([Net.Sockets.UnixDomainSocketEndPoint]::new(([uri] $uri).LocalPath))
        $buffer = [byte[]]::new(12)
        $null = $socket.Receive($buffer)
        $socket.Dispose()

        $uri | Should -BeLike "vnc+unix://$TestFolder/*/display.sock"
        [Text.Encoding]::ASCII.GetString($buffer) | Should -Match '^RFB 003'
        Stop-QemuVm vnc -TurnOff
    }

    It 'listens at 127.0.0.1 on a free port where one is asked for, and lets nobody in without a password' {
        $null = New-QemuVm -Name port -Display Vnc -DisplayPort 0 -NoDisk -Accelerator Tcg -MemoryStartupBytes 64MB
        Start-QemuVm port -Paused
        $uri = [uri] (Get-QemuVm port).DisplayUri
        $client = [Net.Sockets.TcpClient]::new('127.0.0.1', $uri.Port)
        $stream = $client.GetStream()
        $buffer = [byte[]]::new(16)
        $null = $stream.Read($buffer, 0, 12)
        $stream.Write([Text.Encoding]::ASCII.GetBytes("RFB 003.008`n"), 0, 12)
        $count = $stream.Read($buffer, 0, 16)
        $client.Dispose()

        Set-QemuVm port -DisplayPassword (ConvertTo-SecureString 'geheim' -AsPlainText -Force)
        $everything = [IO.File]::ReadAllText("/proc/$((Get-QemuVm port).ProcessId)/cmdline") + [IO.File]::ReadAllText((Get-QemuVm port).Path) + [IO.File]::ReadAllText((Get-QemuVm port).LogPath)
        $everything | Should -Not -Match 'geheim'

        # How many kinds of authentication there are, and the kinds: VNC's own (2) alone, not None (1).
        $buffer[0..($count - 1)] | Should -Be 1, 2
        $uri.Host | Should -Be '127.0.0.1'
        Stop-QemuVm port -TurnOff
    }

    It 'is refused where <What>' -ForEach @(
        @{ What = 'VNC cannot have the port'; Arguments = @{ Display = 'Vnc'; DisplayPort = 80 } }
        @{ What = 'SPICE would have to look for a port'; Arguments = @{ Display = 'Spice'; DisplayPort = 0 } }
    ) {
        Get-FailureId { New-QemuVm never @Arguments } | Should -Be 'InvalidDefinition'
    }
}

Describe 'The password of a display' {
    It 'is refused where there is none to be had' {
        $password = ConvertTo-SecureString 'x' -AsPlainText -Force
        Get-FailureId { Set-QemuVm vnc -DisplayPassword $password } | Should -Be 'VmNotRunning'
        $null = New-QemuVm -Name nodisplay -NoDisk -Accelerator Tcg -MemoryStartupBytes 64MB
        Start-QemuVm nodisplay -Paused
        Get-FailureId { Set-QemuVm nodisplay -DisplayPassword $password } | Should -Be 'NotSupported'
        Stop-QemuVm nodisplay -TurnOff
    }
}

Describe 'Show-QemuVm' {
    BeforeAll {
        $viewer = "$TestFolder/viewer"
        [IO.File]::WriteAllText($viewer, "#!/bin/sh`nprintf %s `"`$1`" >$TestFolder/shown.partial && mv $TestFolder/shown.partial $TestFolder/shown`n")
        [IO.File]::SetUnixFileMode($viewer, [IO.UnixFileMode] 'UserRead, UserWrite, UserExecute')
        Start-QemuVm vnc -Paused
        $savedDisplay = $env:DISPLAY, $env:WAYLAND_DISPLAY
        $env:DISPLAY = $env:WAYLAND_DISPLAY = $null
    }

    AfterAll {
        $env:DISPLAY, $env:WAYLAND_DISPLAY = $savedDisplay
        Stop-QemuVm vnc -TurnOff
    }

    It 'starts a viewer with the display''s address' {
        Show-QemuVm vnc -Viewer $viewer
        $end = [datetime]::UtcNow.AddSeconds(20)
        while (-not [IO.File]::Exists("$TestFolder/shown") -and [datetime]::UtcNow -lt $end) { }

        [IO.File]::ReadAllText("$TestFolder/shown") | Should -Be (Get-QemuVm vnc).DisplayUri
    }

    It 'says where the display is when there is no desktop, and that there is none, or no machine' {
        (Get-Failure { Show-QemuVm vnc }).Exception.Message | Should -Match 'no desktop.*vnc\+unix'
        $null = New-QemuVm -Name blind -NoDisk -Accelerator Tcg -MemoryStartupBytes 64MB
        Get-FailureId { Show-QemuVm blind } | Should -Be 'VmNotRunning'
        Start-QemuVm blind -Paused
        Get-FailureId { Show-QemuVm blind } | Should -Be 'NotSupported'
        Get-FailureId { Show-QemuVm vnc -Viewer no-such-viewer } | Should -Be 'ToolNotFound'
        Stop-QemuVm blind -TurnOff
    }
}
