BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession
    $savedRoot = $env:QEMUPS_ROOT

    # As small as a machine can be, and the same everywhere.
    function New-TestVm([string] $Name, [hashtable] $With = @{}) {
        $usual = @{ Accelerator = 'Tcg'; MemoryStartupBytes = 64MB }
        if (-not ($With.Keys -match 'Disk')) { $usual.NoDisk = $true }
        foreach ($key in $With.Keys) { $usual[$key] = $With[$key] }
        New-QemuVm -Name $Name @usual
    }

    # The one check that fails.
    function Get-FailedCheck([string] $Name) { Test-QemuVm $Name -Detailed | Where-Object Result -eq Fail }

    # A definition with something in it that New-QemuVm would not let through.
    function Edit-Definition([string] $Name, [scriptblock] $Edit) {
        $path = (Get-QemuVm $Name).Path
        $definition = [IO.File]::ReadAllText($path) | ConvertFrom-Json
        $null = & $Edit $definition
        [IO.File]::WriteAllText($path, ($definition | ConvertTo-Json -Depth 10))
    }

    function Get-FreePort {
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        $port = $listener.LocalEndpoint.Port
        $listener.Stop()
        $port
    }
}

BeforeDiscovery { $isRoot = (& id -u) -eq '0' }

AfterAll {
    $env:QEMUPS_ROOT = $savedRoot
    Exit-TestSession
}

Describe 'A machine that would start' {
    BeforeAll {
        $null = New-QemuDisk "$TestFolder/fine.qcow2" 64MB
        $null = New-TestVm fine @{ DiskPath = "$TestFolder/fine.qcow2"; IsoPath = $MemtestIso; PortForward = "$(Get-FreePort):22" }
    }

    It 'passes' {
        Test-QemuVm fine | Should -BeTrue
        Test-QemuVm fine | Should -BeOfType ([bool])
    }

    It 'shows what was looked at, and nothing that failed' {
        $checks = Test-QemuVm fine -Detailed

        $checks.Category | Sort-Object -Unique | Should -Be 'Accelerator', 'Drive', 'Memory', 'Network', 'Processor', 'Qemu', 'Runtime'
        $checks | Where-Object Result -eq Fail | Should -BeNullOrEmpty
        $checks | Where-Object { -not $_.Detail } | Should -BeNullOrEmpty
    }

    It 'comes through the pipeline' {
        Get-QemuVm fine | Test-QemuVm | Should -BeTrue
        'fi*' | Test-QemuVm | Should -BeTrue
    }

    It 'does not, while it runs' {
        Start-QemuVm fine
        $check = Get-FailedCheck fine
        Stop-QemuVm fine -TurnOff

        $check.Name | Should -Be 'State'
        $check.Detail | Should -Match 'runs already \(pid \d+\)'
    }
}

# Each fault is found before the start, with its id; and QEMU itself does not start with it either.
Describe 'A machine that QEMU would refuse' {
    BeforeAll {
        $null = New-QemuDisk "$TestFolder/base.qcow2" 1MB
        $null = New-QemuDisk "$TestFolder/lost.qcow2" -BackingPath "$TestFolder/base.qcow2"
        [IO.File]::Delete("$TestFolder/base.qcow2")

        # Bit 1 of the incompatible features (docs/interop/qcow2.txt): the image is corrupt.
        $null = New-QemuDisk "$TestFolder/corrupt.qcow2" 1MB
        $file = [IO.File]::OpenWrite("$TestFolder/corrupt.qcow2"); $file.Position = 79; $file.WriteByte(2); $file.Dispose()

        [IO.File]::WriteAllText("$TestFolder/kernel", 'x')
        $null = New-QemuDisk "$TestFolder/gone.qcow2" 1MB
        $null = New-QemuDisk "$TestFolder/garbage.qcow2" 1MB
        $null = New-QemuDisk "$TestFolder/twin.qcow2" 1MB
        $tooMuch = 1TB
    }

    It 'fails with <Id> for <Fault>' -ForEach @(
        @{ Fault = 'a disk that is not there'; Id = 'DiskNotFound'; Check = 'Drive disk0'; With = { @{ DiskPath = "$TestFolder/gone.qcow2" } }; Then = { [IO.File]::Delete("$TestFolder/gone.qcow2") } }
        @{ Fault = 'a disk that is no qcow2 image'; Id = 'DiskInvalid'; Check = 'Drive disk0'; With = { @{ DiskPath = "$TestFolder/garbage.qcow2" } }; Then = { [IO.File]::WriteAllText("$TestFolder/garbage.qcow2", 'garbage' * 1000) } }
        @{ Fault = 'a disk marked as corrupt'; Id = 'DiskInvalid'; Check = 'Drive disk0'; With = { @{ DiskPath = "$TestFolder/corrupt.qcow2" } } }
        @{ Fault = 'a backing image that is not there'; Id = 'DiskNotFound'; Check = 'Drive disk0'; With = { @{ DiskPath = "$TestFolder/lost.qcow2" } } }
        @{ Fault = 'a disc that is not there'; Id = 'MediumNotFound'; Check = 'Drive cd0'; With = { @{ IsoPath = $MemtestIso } }; Edit = { param($definition) $definition.drives[0].path = '/ghost.iso' } }
        @{ Fault = 'a kernel that is not there'; Id = 'MediumNotFound'; Check = 'Kernel'; With = { @{ KernelPath = "$TestFolder/kernel" } }; Then = { [IO.File]::Delete("$TestFolder/kernel") } }
        @{ Fault = 'a firmware that is not there'; Id = 'MediumNotFound'; Check = 'Firmware'; With = { @{ QemuArgument = '-bios', '/ghost.fd' } } }
        @{ Fault = 'a machine type that QEMU has not'; Id = 'NotSupported'; Check = 'Machine type'; With = { @{ MachineType = 'pc-q35-99.0' } } }
        @{ Fault = 'more processors than the machine type has'; Id = 'NotSupported'; Check = 'Machine type'; With = { @{ MachineType = 'isapc'; ProcessorCount = 2 } } }
        @{ Fault = 'a CPU model that QEMU has not'; Id = 'NotSupported'; Check = 'CPU model'; With = { @{ CpuModel = 'Pentium9,+sse' } } }
        @{ Fault = 'the CPU model host without KVM'; Id = 'KvmUnavailable'; Check = 'CPU model'; With = { @{ CpuModel = 'host' } } }
        @{ Fault = 'a network adapter that QEMU has not'; Id = 'NotSupported'; Check = 'Devices'; With = { @{ NetworkModel = 'ne9000' } } }
        @{ Fault = 'a device of its own that QEMU has not'; Id = 'NotSupported'; Check = 'Devices'; With = { @{ QemuArgument = '-device', 'flux-capacitor,id=x' } } }
        @{ Fault = 'more memory than the host has'; Id = 'InsufficientMemory'; Check = 'Memory'; With = { @{ MemoryStartupBytes = $tooMuch } } }
        @{ Fault = 'an address that the host has not'; Id = 'InvalidOption'; Check = 'Port 2222'; With = { @{ PortForward = 'tcp/192.0.2.1:2222:22' } } }
        @{ Fault = 'a bridge that the host has not'; Id = 'NetworkUnavailable'; Check = 'Bridge qpsghost'; With = { @{ QemuArgument = '-netdev', 'bridge,id=lan,br=qpsghost' } } }
        @{ Fault = 'a terminal that a daemon has not'; Id = 'InvalidOption'; Check = '-serial'; With = { @{ QemuArgument = '-serial', 'mon:stdio' } } }
        @{ Fault = 'an id that is taken'; Id = 'InvalidOption'; Check = '-chardev'; With = { @{ QemuArgument = '-chardev', 'null,id=qmp' } } }
        @{ Fault = 'two accelerators'; Id = 'InvalidOption'; Check = '-machine'; With = { @{ QemuArgument = '-machine', 'pc,accel=tcg' } } }
    ) {
        $name = "fault $([guid]::NewGuid().ToString('N').Substring(0, 12))"
        $null = New-TestVm $name (& $With)
        if ($Edit) { Edit-Definition $name $Edit }
        if ($Then) { & $Then }

        Test-QemuVm $name | Should -BeFalse
        $failed = @(Get-FailedCheck $name)
        $failed.Name | Should -Be $Check
        $failed[0].Hint -or $failed[0].FixCommand | Should -BeTrue -Because 'something helps'

        $failure = Get-Failure { Start-QemuVm $name }
        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be $Id
        $failure.Exception.Message | Should -Be $failed[0].Detail
        Get-FailureId { Start-QemuVm $name -NoPreflight } | Should -Be 'VmStartFailed'
        (Get-QemuVm $name).State | Should -Be 'Off'
    }
}

Describe 'A disk that somebody else has' {
    BeforeAll {
        $null = New-QemuDisk "$TestFolder/shared.qcow2" 1MB
        $null = New-TestVm holder @{ DiskPath = "$TestFolder/shared.qcow2" }
        $null = New-TestVm second @{ DiskPath = "$TestFolder/shared.qcow2" }
    }

    It 'is named with its machine and how to stop that' {
        Start-QemuVm holder
        $check = Get-FailedCheck second
        $id = Get-FailureId { Start-QemuVm second }
        Stop-QemuVm holder -TurnOff

        $check.Detail | Should -Match 'in use by holder \(pid \d+\)'
        $check.FixCommand | Should -Be 'Stop-QemuVm holder'
        $id | Should -Be 'DiskLocked'
        Test-QemuVm second | Should -BeTrue
    }

    It 'is found below an overlay too, where the machine that has it writes' {
        $null = New-Item "$TestFolder/above" -ItemType Directory
        $null = New-QemuDisk "$TestFolder/above/overlay.qcow2" -BackingPath "$TestFolder/shared.qcow2"
        $null = New-TestVm reader @{ DiskPath = "$TestFolder/above/overlay.qcow2" }
        Start-QemuVm holder -NoPreflight
        $check = Get-FailedCheck reader
        $id = Get-FailureId { Start-QemuVm reader -NoPreflight }
        Stop-QemuVm holder -TurnOff
        Remove-QemuVm reader -Confirm:$false

        $check.Detail | Should -Match 'is being written by holder'
        $id | Should -Be 'VmStartFailed'
    }
}

Describe 'A disk that others stand on' {
    BeforeAll {
        $null = New-Item "$TestFolder/bases", "$TestFolder/clones" -ItemType Directory
        $null = New-QemuDisk "$TestFolder/bases/base.qcow2" 1MB
        $null = New-TestVm base @{ DiskPath = "$TestFolder/bases/base.qcow2" }
    }

    It 'is not written while an overlay lies beside it' {
        $null = New-QemuDisk "$TestFolder/bases/overlay.qcow2" -BackingPath "$TestFolder/bases/base.qcow2"
        $check = Get-FailedCheck base
        $id = Get-FailureId { Start-QemuVm base }
        [IO.File]::Delete("$TestFolder/bases/overlay.qcow2")

        $check.Name | Should -Be 'Overlays'
        $check.Detail | Should -Match 'overlay.qcow2.*is an overlay of it'
        $id | Should -Be 'DiskHasOverlays'
        Test-QemuVm base | Should -BeTrue
    }

    It 'is not written while another machine''s disk is its overlay, unless that is asked for' {
        $null = New-QemuDisk "$TestFolder/clones/clone.qcow2" -BackingPath "$TestFolder/bases/base.qcow2"
        $null = New-TestVm clone @{ DiskPath = "$TestFolder/clones/clone.qcow2" }

        (Get-FailedCheck base).Detail | Should -Match "a disk of 'clone' is an overlay of it"
        Get-FailureId { Start-QemuVm base } | Should -Be 'DiskHasOverlays'
        Test-QemuVm clone | Should -BeTrue
        Get-FailureId { Start-QemuVm base -NoPreflight } | Should -BeNullOrEmpty
        Stop-QemuVm base -TurnOff
        Remove-QemuVm clone -Confirm:$false
    }
}

Describe 'A chain of images' {
    It 'that goes in a circle is found' {
        & qemu-img create -q -f qcow2 "$TestFolder/one.qcow2" 1M
        & qemu-img create -q -f qcow2 -b "$TestFolder/one.qcow2" -F qcow2 "$TestFolder/two.qcow2"
        $null = New-TestVm circle @{ DiskPath = "$TestFolder/two.qcow2" }
        & qemu-img rebase -u -f qcow2 -b "$TestFolder/two.qcow2" -F qcow2 "$TestFolder/one.qcow2"

        (Get-FailedCheck circle | Where-Object Name -eq 'Drive disk0').Detail | Should -Match 'goes in a circle'
        Get-FailureId { Start-QemuVm circle } | Should -Be 'DiskInvalid'
    }

    It 'that does not say of which format an image is, is refused with the command that mends it' {
        $null = New-Item "$TestFolder/unnamed" -ItemType Directory
        & qemu-img create -q -f raw "$TestFolder/unnamed/raw.img" 1M
        & qemu-img create -q -f qcow2 -b "$TestFolder/unnamed/raw.img" -F raw "$TestFolder/unnamed/top.qcow2"
        $null = New-TestVm unnamed @{ DiskPath = "$TestFolder/unnamed/top.qcow2" }
        # The header's extension with the format becomes one that nobody knows (docs/interop/qcow2.txt, E2792ACA).
        $bytes = [IO.File]::ReadAllBytes("$TestFolder/unnamed/top.qcow2")
        $at = 104..200 | Where-Object { [BitConverter]::ToString($bytes, $_, 4) -eq 'E2-79-2A-CA' } | Select-Object -First 1
        $bytes[$at] = 1
        [IO.File]::WriteAllBytes("$TestFolder/unnamed/top.qcow2", $bytes)

        $check = Get-FailedCheck unnamed
        $check.Detail | Should -Match 'does not say of which format'
        $check.FixCommand | Should -Match '^Set-QemuDisk .*-BackingFormat raw'
        Get-FailureId { Start-QemuVm unnamed } | Should -Be 'DiskInvalid'
    }
}

Describe 'A port of the host' {
    It 'that a program has is named with the program' {
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        $port = $listener.LocalEndpoint.Port
        $null = New-TestVm tcp @{ PortForward = "${port}:22" }
        $check = Get-FailedCheck tcp
        $id = Get-FailureId { Start-QemuVm tcp }
        $raw = Get-FailureId { Start-QemuVm tcp -NoPreflight }
        $listener.Stop()

        $check.Detail | Should -Match "tcp 127.0.0.1:$port is in use by .*\(pid $PID\)"
        $id | Should -Be 'PortInUse'
        $raw | Should -Be 'VmStartFailed'
        Test-QemuVm tcp | Should -BeTrue
    }

    It 'that a machine has is named with the machine' {
        $port = Get-FreePort
        $null = New-TestVm server @{ PortForward = "${port}:22" }
        $null = New-TestVm rival @{ PortForward = "tcp/0.0.0.0:${port}:22" }
        Start-QemuVm server
        $check = Get-FailedCheck rival
        Stop-QemuVm server -TurnOff

        $check.Detail | Should -Match 'in use by server \(pid \d+\)'
    }

    It 'is looked for among UDP ports where it is one' {
        $client = [Net.Sockets.UdpClient]::new([Net.IPEndPoint]::new([Net.IPAddress]::Loopback, 0))
        $port = $client.Client.LocalEndPoint.Port
        $null = New-TestVm udp @{ PortForward = "udp/${port}:53" }
        $check = Get-FailedCheck udp
        $client.Dispose()

        $check.Detail | Should -Match "udp 127.0.0.1:$port is in use by"
        Test-QemuVm udp | Should -BeTrue
    }

    It 'is not forwarded twice' {
        $port = Get-FreePort
        $null = New-TestVm twice @{ PortForward = "${port}:22", "${port}:80" }

        (Get-FailedCheck twice).Detail | Should -Match 'twice'
        Get-FailureId { Start-QemuVm twice } | Should -Be 'PortInUse'
    }

    It 'that the kernel picks is never in the way' {
        $null = New-TestVm picked @{ PortForward = '0:22', '0:80' }

        Test-QemuVm picked | Should -BeTrue
    }
}

Describe 'What is only worth knowing' {
    It 'is a warning: <What>' -ForEach @(
        @{ What = 'an image in the clothes of raw'; Check = 'Format of disk0'; With = { @{ DiskPath = "$TestFolder/dressed.qcow2" } }; Edit = { param($definition) $definition.drives[0].format = 'raw' } }
        @{ What = 'a disk that can outgrow its file system'; Check = 'Room for disk0'; With = { @{ DiskPath = "$TestFolder/huge.qcow2" } } }
        @{ What = 'more processors than the host has'; Check = 'Processors'; With = { @{ ProcessorCount = 200 } } }
        @{ What = 'an argument that a property is for'; Check = '-smp'; With = { @{ QemuArgument = '-smp', '1' } } }
    ) {
        $null = New-QemuDisk "$TestFolder/dressed.qcow2" 1MB -Force
        $null = New-QemuDisk "$TestFolder/huge.qcow2" 16TB -Force
        $name = "warn $([guid]::NewGuid().ToString('N').Substring(0, 12))"
        $null = New-TestVm $name (& $With)
        if ($Edit) { Edit-Definition $name $Edit }

        $warnings = @(Test-QemuVm $name -Detailed | Where-Object Result -eq Warning)
        $warnings.Name | Should -Contain $Check
        $warnings | Where-Object { -not $_.Hint } | Should -BeNullOrEmpty
        Test-QemuVm $name | Should -BeTrue
        Remove-QemuVm $name -Confirm:$false
    }
}

Describe 'The runtime folder' {
    BeforeAll { $null = New-TestVm homeless }

    AfterAll { $env:XDG_RUNTIME_DIR = $TestFolder }

    It 'whose path is too long for sockets is found' {
        $long = "$TestFolder/$('x' * 90)"
        $null = New-Item $long -ItemType Directory
        $env:XDG_RUNTIME_DIR = $long

        $check = Get-FailedCheck homeless
        $check.Name | Should -Be 'Runtime folder'
        $check.Detail | Should -Match '107 bytes'
        Get-FailureId { Start-QemuVm homeless } | Should -Be 'InvalidPath'
    }

    It 'that belongs to somebody else is found' -Skip:(-not $isRoot) {
        $null = New-Item "$TestFolder/foreign/qemups" -ItemType Directory
        & chown 12345 "$TestFolder/foreign/qemups"
        $env:XDG_RUNTIME_DIR = "$TestFolder/foreign"

        (Get-FailedCheck homeless).Detail | Should -Match 'belongs to somebody else'
    }
}

Describe 'A USB device of the host' {
    BeforeAll { $env:QEMUPS_ROOT = "$RepositoryRoot/tests/fixtures/hosts/laptop" }

    AfterAll { $env:QEMUPS_ROOT = $savedRoot }

    It 'is looked for before the start' {
        $null = New-TestVm usb
        $device = Get-UsbDevice | Where-Object SerialNumber | Where-Object { -not $_.IsHub -and -not $_.IsMounted } | Select-Object -First 1
        $null = $device | Add-VmUsbPassthrough -VmName usb -Persist -WarningAction SilentlyContinue
        Test-QemuVm usb | Should -BeTrue
        (Test-QemuVm usb -Detailed | Where-Object Category -eq Usb).Detail | Should -Match 'is there, and you may open it'

        $env:QEMUPS_ROOT = "$RepositoryRoot/tests/fixtures/hosts/bare"
        $absent = Test-QemuVm usb -Detailed | Where-Object Category -eq Usb
        $env:QEMUPS_ROOT = "$RepositoryRoot/tests/fixtures/hosts/laptop"
        $absent.Detail | Should -Match 'is not plugged in'
        $absent.Result | Should -BeIn 'Fail', 'Warning'
    }
}

Describe 'A TPM' {
    It 'needs swtpm' {
        $null = New-TestVm tpm @{ QemuArgument = '-chardev', 'socket,id=chrtpm,path=/tmp/ghost.sock', '-tpmdev', 'emulator,id=tpm0,chardev=chrtpm' }
        $savedPath, $env:PATH = $env:PATH, "$TestFolder/programs"
        $null = New-Item "$TestFolder/programs" -ItemType Directory
        $null = [IO.File]::CreateSymbolicLink("$TestFolder/programs/qemu-system-x86_64", '/usr/bin/qemu-system-x86_64')
        try { $check = Get-FailedCheck tpm } finally { $env:PATH = $savedPath }

        $check.Name | Should -Be 'TPM'
        $check.FixCommand | Should -Be 'sudo apt-get install swtpm swtpm-tools'
    }
}
