BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    . $PSScriptRoot/Support/DeviceGuest.ps1
    Enter-TestSession
    $small = @{ Accelerator = 'Tcg'; MemoryStartupBytes = 64MB; NoDisk = $true }

    # What completes a line.
    function Get-Completion([string] $Line) { [Management.Automation.CommandCompletion]::CompleteInput($Line, $Line.Length, $null).CompletionMatches.CompletionText }

    function Test-Root { [Environment]::UserName -eq 'root' }
}

AfterAll { Exit-TestSession }

Describe 'New-QemuVm -Network' {
    It 'means what it says: <Kind>' -ForEach @(
        @{ Kind = 'Bridge'; Arguments = @{ Network = 'Bridge'; Bridge = 'br0' }; Expected = '"type":"bridge".*"br":"br0"' }
        @{ Kind = 'a bridge alone'; Arguments = @{ Bridge = 'br1' }; Expected = '"type":"bridge".*"br":"br1"' }
        @{ Kind = 'Tap'; Arguments = @{ Network = 'Tap'; TapName = 'tap0' }; Expected = '"type":"tap".*"ifname":"tap0"' }
        @{ Kind = 'Stream'; Arguments = @{ Network = 'Stream'; LocalEndpoint = '/tmp/lab.sock' }; Expected = '"type":"stream".*"server":true' }
        @{ Kind = 'Dgram'; Arguments = @{ Network = 'Dgram'; RemoteEndpoint = '230.0.0.1:5000' }; Expected = '"type":"dgram"' }
        @{ Kind = 'Restricted'; Arguments = @{ Restricted = $true }; Expected = '"restrict":true' }
    ) {
        $null = New-QemuVm -Name kind @small @Arguments
        $line = (ConvertTo-QemuCommandLine kind -Shell Array) -join ' '
        Remove-QemuVm kind -Confirm:$false

        $line | Should -Match $Expected
    }

    It 'makes no machine where what the kind needs is missing, and the error shows how to write it: <Kind>' -ForEach @(
        @{ Kind = 'Bridge'; Missing = 'names no bridge' }
        @{ Kind = 'Tap'; Missing = 'names no tap device' }
        @{ Kind = 'Stream'; Missing = 'either a localEndpoint' }
        @{ Kind = 'Dgram'; Missing = 'needs a remoteEndpoint' }
    ) {
        $failure = Get-Failure { New-QemuVm -Name lacking @small -Network $Kind }
        $failure.FullyQualifiedErrorId | Should -Match '^InvalidOption,'
        $failure.Exception.Message | Should -Match $Missing
        $failure.ErrorDetails.RecommendedAction | Should -Match "^-Network $Kind -"
        @(Get-QemuVm lacking*).Count | Should -Be 0
    }

    It 'takes no parameter of another kind, and no endpoint that is none: <Words>' -ForEach @(
        @{ Words = 'a forward through a bridge'; With = @{ Network = 'Bridge'; Bridge = 'br7'; PortForward = '0:22' } }
        @{ Words = 'an endpoint without a cable'; With = @{ LocalEndpoint = '127.0.0.1:5000' } }
        @{ Words = 'a restriction of a bridge'; With = @{ Bridge = 'br7'; Restricted = $true } }
        @{ Words = 'a bridge without a network'; With = @{ Network = 'None'; Bridge = 'br7' } }
        @{ Words = 'an endpoint that is none'; With = @{ Network = 'Stream'; LocalEndpoint = 'nowhere' } }
    ) {
        Get-FailureId { New-QemuVm -Name foreign @small @With } | Should -Be 'InvalidOption'
    }
}

Describe 'Network adapters of a machine that is off' {
    BeforeAll { $null = New-QemuVm off @small -MachineType q35 }

    It 'come into the definition, with what was asked for, by the words of Hyper-V too' {
        $adapter = Add-QemuVmNetworkAdapter off -Network User -Model e1000 -MacAddress 52:54:00:AA:BB:01 -Restricted -Id lan -PassThru
        $other = Get-QemuVm off | Add-QemuVmNetworkAdapter -Name wan -StaticMacAddress 00155D010203 -PassThru

        $adapter.Id, $adapter.Model, $adapter.MacAddress, $adapter.Network, $adapter.Restricted, $adapter.Status, $adapter.Persisted | Should -Be @('lan', 'e1000', '52:54:00:aa:bb:01', 'User', $true, 'Defined', $true)
        $other.Id, $other.MacAddress | Should -Be @('wan', '00:15:5d:01:02:03')
        (ConvertTo-QemuCommandLine off -Shell Array) -join ' ' | Should -Match '"driver":"e1000","id":"lan-adapter","netdev":"lan","mac":"52:54:00:aa:bb:01".*"bus":"port-lan"'
    }

    It 'are found by wildcards, and complete with models and bridges' {
        (Get-QemuVmNetworkAdapter off *an).Id | Should -Be 'lan', 'wan'
        (Get-QemuVmNetworkAdapter o* net0, LAN).Id | Should -Be 'net0', 'lan'
        Get-QemuVmNetworkAdapter off nothing* | Should -BeNullOrEmpty
        Get-Completion 'Remove-QemuVmNetworkAdapter off w' | Should -Be 'wan'
        Get-Completion 'Add-QemuVmNetworkAdapter off -Model vmx' | Should -Be 'vmxnet3'
    }

    It 'have the host checked, and a bridge that may yet come is no error' {
        $warnings = @()
        Add-QemuVmNetworkAdapter off -SwitchName qpsghost -Id ghost -WarningVariable warnings -WarningAction SilentlyContinue
        "$warnings" | Should -Match "no bridge 'qpsghost'.*ip link add qpsghost type bridge"
        (Remove-QemuVmNetworkAdapter off ghost).State | Should -Be 'Removed'
    }

    It 'are refused where they cannot be, and nothing is changed: <Id> for <What>' -ForEach @(
        @{ Id = 'VmDeviceExists'; What = 'a name that is taken'; Action = { Add-QemuVmNetworkAdapter off -Id lan } }
        @{ Id = 'MacAddressInUse'; What = 'an address of another machine'; Action = { Add-QemuVmNetworkAdapter other -MacAddress 52-54-00-AA-BB-01 } }
        @{ Id = 'InvalidOption'; What = 'the address of a group'; Action = { Add-QemuVmNetworkAdapter off -MacAddress 01:00:5e:00:00:01 } }
        @{ Id = 'InvalidOption'; What = 'a name that QEMU does not take'; Action = { Add-QemuVmNetworkAdapter off -Id 'my lan' } }
        @{ Id = 'InvalidOption'; What = 'a network of nothing'; Action = { Add-QemuVmNetworkAdapter off -Network None } }
        @{ Id = 'InvalidOption'; What = 'a cable without an end'; Action = { Add-QemuVmNetworkAdapter off -Network Stream } }
        @{ Id = 'InvalidOption'; What = 'a forward through a tap'; Action = { Add-QemuVmNetworkAdapter off -TapName tap0 -PortForward 0:22 } }
        @{ Id = 'NotSupported'; What = 'a model that QEMU has not'; Action = { Add-QemuVmNetworkAdapter off -Model ne9000 } }
        @{ Id = 'NotSupported'; What = 'a model for another bus'; Action = { Add-QemuVmNetworkAdapter off -Model usb-net } }
        @{ Id = 'VmNotRunning'; What = 'a machine that is off'; Action = { Add-QemuVmNetworkAdapter off -Live } }
        @{ Id = 'VmDeviceNotFound'; What = 'an adapter that is not there'; Action = { Get-QemuVmNetworkAdapter off net9 } }
        @{ Id = 'VmDeviceNotFound'; What = 'a change of nothing'; Action = { Set-QemuVmNetworkAdapter off net9 -LinkState Down } }
        @{ Id = 'VmDeviceNotFound'; What = 'a removal of nothing'; Action = { Remove-QemuVmNetworkAdapter off net9 } }
        @{ Id = 'DirectoryNotFound'; What = 'a capture in no folder'; Action = { Set-QemuVmNetworkAdapter off lan -CapturePath "$TestFolder/none/a.pcap" } }
        @{ Id = 'InvalidPath'; What = 'a capture to a folder'; Action = { Set-QemuVmNetworkAdapter off lan -CapturePath $TestFolder -Force } }
        @{ Id = 'InvalidDefinition'; What = 'one capture of two'; Action = { Get-QemuVmNetworkAdapter off ?an | Set-QemuVmNetworkAdapter -CapturePath "$TestFolder/both.pcap" } }
    ) {
        if (-not (Get-QemuVm other*)) { $null = New-QemuVm other @small }
        Get-FailureId $Action | Should -Be $Id
        (Get-QemuVmNetworkAdapter off).Id | Should -Be 'net0', 'lan', 'wan'
    }

    It 'are changed in the definition: the cable and the capture' {
        Get-QemuVmNetworkAdapter off ?an | Set-QemuVmNetworkAdapter -LinkState Down
        (Set-QemuVmNetworkAdapter off wan -LinkState Up -CapturePath "$TestFolder/wan.pcap" -PassThru).CapturePath | Should -Be "$TestFolder/wan.pcap"
        (Get-QemuVmNetworkAdapter off).LinkState | Should -Be 'Up', 'Down', 'Up'
        (ConvertTo-QemuCommandLine off -Shell Array) -join ' ' | Should -Match '"qom-type":"filter-dump","id":"wan-capture","netdev":"wan"'
        (Set-QemuVmNetworkAdapter off wan -StopCapture -PassThru).CapturePath | Should -BeNullOrEmpty
    }

    It 'are only shown with -WhatIf' {
        Add-QemuVmNetworkAdapter off -WhatIf
        Set-QemuVmNetworkAdapter off lan -LinkState Up -WhatIf
        Remove-QemuVmNetworkAdapter off lan -WhatIf
        (Get-QemuVmNetworkAdapter off).Id | Should -Be 'net0', 'lan', 'wan'
        (Get-QemuVmNetworkAdapter off lan).LinkState | Should -Be 'Down'
    }

    It 'go out of the definition, piped as objects of another session too' {
        $far = [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize((Get-QemuVmNetworkAdapter off ?an)))
        ($far | Remove-QemuVmNetworkAdapter).State | Should -Be 'Removed', 'Removed'
        (Get-QemuVmNetworkAdapter off).Id | Should -Be 'net0'
    }
}

Describe 'A start' {
    BeforeAll {
        $socket = "$TestFolder/taken.sock"
        $null = New-QemuVm cabled @small -Network Stream -LocalEndpoint $socket
    }

    It 'does not take the end of a cable away from somebody who listens there, as QEMU would' {
        $listener = [Net.Sockets.Socket]::new('Unix', 'Stream', 'Unspecified')
        $listener.Bind([Net.Sockets.UnixDomainSocketEndPoint]::new($socket))
        $listener.Listen(1)
        try { Get-FailureId { Start-QemuVm cabled } | Should -Be 'PortInUse' } finally { $listener.Dispose() }
        # What a QEMU that was killed leaves behind is in nobody's way.
        [IO.File]::WriteAllText($socket, '')
        @(Test-QemuVm cabled -Detailed | Where-Object Name -EQ 'Cable net0').Result | Should -Be 'Pass'
    }

    It 'says that a cable has no other end yet, and that a capture has no folder' {
        $null = New-QemuVm loose @small -Network Stream -RemoteEndpoint "$TestFolder/nobody.sock"
        (Test-QemuVm loose -Detailed | Where-Object Name -EQ 'Cable net0').Detail | Should -Match 'Nobody listens'
        $folder = [IO.Directory]::CreateDirectory("$TestFolder/gone").FullName
        Set-QemuVmNetworkAdapter loose net0 -CapturePath "$folder/a.pcap"
        [IO.Directory]::Delete($folder)
        Get-FailureId { Start-QemuVm loose } | Should -Be 'DirectoryNotFound'
    }
}

Describe 'Network adapters of a running <Type> without an operating system' -ForEach @(@{ Type = 'q35' }, @{ Type = 'pc' }) {
    BeforeAll {
        $name = "live-$Type"
        $null = New-QemuVm $name @small -MachineType $Type -HotplugPortCount 3
        Start-QemuVm $name
        $capture = "$TestFolder/$name.pcap"
    }
    AfterAll { Stop-QemuVm $name -TurnOff }

    It 'are there at once and from now on; nothing is pending' {
        $adapter = Add-QemuVmNetworkAdapter $name -PortForward 0:22 -PassThru

        $adapter.Id, $adapter.Status, $adapter.Persisted, $adapter.LinkState | Should -Be @('net1', 'Attached', $true, 'Up')
        (Get-QemuVmPortForward $name).IsListening | Should -BeTrue
        (Get-QemuVm $name).PendingChanges | Should -BeNullOrEmpty
    }

    It 'live in the running machine alone with -Live, and in the definition alone with -Persist; what differs is pending' {
        (Add-QemuVmNetworkAdapter $name -Model e1000 -Live -PassThru).Persisted | Should -BeFalse
        (Add-QemuVmNetworkAdapter $name -Id later -Persist -PassThru).Status | Should -Be 'Defined'
        (Get-QemuVm $name).PendingChanges | Should -Be "NetworkAdapters: 'net2' is there until restart", "NetworkAdapters: 'later' is there after restart"
        (Remove-QemuVmNetworkAdapter $name later).State | Should -Be 'Removed'
        Get-FailureId { Set-QemuVmNetworkAdapter $name net2 -LinkState Down -Persist } | Should -Be 'VmDeviceNotFound'
    }

    It 'are refused before anything is changed: <Id> for <What>' -ForEach @(
        @{ Id = 'NetworkUnavailable'; What = 'a bridge that is not there'; Action = { Add-QemuVmNetworkAdapter $name -Bridge qpsghost } }
        @{ Id = 'NetworkUnavailable'; What = 'a cable to nobody'; Action = { Add-QemuVmNetworkAdapter $name -Network Stream -RemoteEndpoint "$TestFolder/nobody.sock" } }
        @{ Id = 'DirectoryNotFound'; What = 'a socket in no folder'; Action = { Add-QemuVmNetworkAdapter $name -Network Stream -LocalEndpoint "$TestFolder/none/a.sock" } }
        @{ Id = 'PortInUse'; What = 'a forward of a port that is taken'; Action = { Add-QemuVmNetworkAdapter $name -PortForward "$((Get-QemuVmPortForward $name).HostPort):80" } }
        @{ Id = 'PortInUse'; What = 'an end for datagrams that is taken'; Action = { Add-QemuVmNetworkAdapter $name -Network Dgram -LocalEndpoint $datagrams -RemoteEndpoint 127.0.0.1:9 } }
        @{ Id = 'VmDeviceExists'; What = 'a name of the running machine'; Action = { Add-QemuVmNetworkAdapter $name -Id net2 } }
        @{ Id = 'FileExists'; What = 'a capture over a file'; Action = { Set-QemuVmNetworkAdapter $name net1 -CapturePath "$TestFolder/home/vms/$name/vm.json" } }
    ) {
        $receiver = [Net.Sockets.UdpClient]::new([Net.IPEndPoint]::new([Net.IPAddress]::Loopback, 0))
        $datagrams = "127.0.0.1:$($receiver.Client.LocalEndPoint.Port)"
        $before = Invoke-QmpCommand $name -Hmp 'info network'
        try { Get-FailureId $Action | Should -Be $Id } finally { $receiver.Dispose() }
        Invoke-QmpCommand $name -Hmp 'info network' | Should -Be $before
    }

    It 'are captured to a file of yours alone, until nobody wants it any more' {
        (Set-QemuVmNetworkAdapter $name net1 -CapturePath $capture -PassThru).CapturePath | Should -Be $capture

        [IO.File]::GetUnixFileMode($capture) | Should -Be 'UserWrite, UserRead'
        # The file header: microseconds, in this host's order of bytes, and Ethernet as link type.
        [Convert]::ToHexString([IO.File]::ReadAllBytes($capture)) | Should -Match '^D4C3B2A1.{32}01000000$'
        Get-FailureId { Set-QemuVmNetworkAdapter $name net1 -CapturePath $capture } | Should -Be 'FileExists'
        Set-QemuVmNetworkAdapter $name net1 -StopCapture
        (Get-QemuVmNetworkAdapter $name net1).CapturePath | Should -BeNullOrEmpty
        Set-QemuVmNetworkAdapter $name net1 -CapturePath $capture -Force
        (Get-QemuVm $name).PendingChanges | Should -Be "NetworkAdapters: 'net2' is there until restart"
    }

    It 'have their cable pulled out, now and from now on' {
        (Get-QemuVmNetworkAdapter $name net0 | Set-QemuVmNetworkAdapter -LinkState Down -PassThru).LinkState | Should -Be 'Down'
        (Get-QemuVm $name).PendingChanges | Should -Be "NetworkAdapters: 'net2' is there until restart"
    }

    It 'are saved with the machine: it goes on with what was plugged in' {
        Save-QemuVm $name
        Start-QemuVm $name -WarningAction SilentlyContinue
        (Get-QemuVmNetworkAdapter $name).Status | Should -Be 'Attached', 'Attached', 'Attached'
        (Get-QemuVmNetworkAdapter $name).LinkState | Should -Be 'Down', 'Up', 'Up'
        # What was captured before the start is kept.
        [IO.FileInfo]::new("$capture.1").Length | Should -Be 24
        [IO.File]::GetUnixFileMode($capture) | Should -Be 'UserWrite, UserRead'
    }

    It 'have their place at the next start as well' {
        $place = { foreach ($property in 'parent_bus', 'addr') { Invoke-QmpCommand $name -Command qom-get -Argument @{ path = '/machine/peripheral/net1-adapter'; property = $property } } }
        $before = & $place
        Stop-QemuVm $name -TurnOff
        Start-QemuVm $name
        $before[0] | Should -Match $(if ($Type -eq 'pc') { '/pci.0$' } else { '/hotplug0$' })
        & $place | Should -Be $before
    }

    It 'stay until the guest answers: PendingGuest, here and in Get-QemuVmNetworkAdapter' {
        $result = Remove-QemuVmNetworkAdapter $name net1 -Timeout 0
        $result.State | Should -Be 'PendingGuest'
        $result.Reason | Should -Match 'has not let go'
        $adapter = Get-QemuVmNetworkAdapter $name net1
        $adapter.Status, $adapter.Persisted | Should -Be @('PendingGuest', $false)
        (Get-QemuVm $name).PendingChanges | Should -Be "NetworkAdapters: 'net1' is there until restart"
    }
}

Describe 'A machine with no port left' {
    It 'says so, and what helps' {
        $null = New-QemuVm full @small -MachineType q35 -HotplugPortCount 0
        Start-QemuVm full
        $failure = Get-Failure { Add-QemuVmNetworkAdapter full }
        $failure.FullyQualifiedErrorId | Should -BeLike 'LiveChangeFailed,*'
        $failure.Exception.Message | Should -Match 'no PCIe port'
        $failure.ErrorDetails.RecommendedAction | Should -Match 'hotplugPortCount.*-Persist'
        (Get-QemuVmNetworkAdapter full).Id | Should -Be 'net0'
        Stop-QemuVm full -TurnOff
    }
}

Describe 'Network adapters and guests that answer' {
    BeforeAll {
        $guest = Get-DeviceGuest "$RepositoryRoot/out/cache/guest-devices"
        foreach ($name in 'left', 'right') {
            $null = New-QemuVm $name -MachineType q35 -MemoryStartupBytes 128MB -NoDisk -Network None -Accelerator Tcg -KernelPath $guest.Kernel -InitrdPath $guest.Initrd -KernelCommandLine 'console=ttyS0 quiet'
            Start-QemuVm $name -Paused
        }
        # Both at once.
        $null = Wait-SerialText left 'guest is up' -WhenConnected { Resume-QemuVm left }
        $null = Wait-SerialText right 'guest is up' -WhenConnected { Resume-QemuVm right }
        $cable = "$TestFolder/cable.sock"
        $capture = "$TestFolder/cable.pcap"
        $tshark = @('/usr/bin/tshark', '/usr/sbin/tshark' | Where-Object { [IO.File]::Exists($_) })[0]
    }
    AfterAll { Get-QemuVm left, right | Where-Object State -NE Off | Stop-QemuVm -TurnOff }

    It 'an adapter appears in the guest, with its address' {
        $adapter = Add-QemuVmNetworkAdapter left -Network Stream -LocalEndpoint $cable -PassThru
        Invoke-GuestShell left 'until [ -e /sys/class/net/eth0 ]; do sleep 0.1; done; cat /sys/class/net/eth0/address' | Should -Match $adapter.MacAddress
    }

    It 'two machines talk over a cable of their own, and what they say is captured' {
        Get-FailureId { Add-QemuVmNetworkAdapter right -Network Stream -LocalEndpoint $cable } | Should -Be 'PortInUse'
        $adapter = Add-QemuVmNetworkAdapter right -Network Stream -RemoteEndpoint $cable -PassThru
        $adapter.Connection | Should -Match 'cable.sock'
        Set-QemuVmNetworkAdapter left net0 -CapturePath $capture

        $null = Invoke-GuestShell left 'ip addr add 10.9.0.1/24 dev eth0; ip link set eth0 up'
        $said = Invoke-GuestShell right 'until [ -e /sys/class/net/eth0 ]; do sleep 0.1; done; ip addr add 10.9.0.2/24 dev eth0; ip link set eth0 up; ping -c 1 -w 20 10.9.0.1'
        $said | Should -Match '1 packets received'
        Set-QemuVmNetworkAdapter left net0 -StopCapture

        # A frame of the other machine: behind the file's header and the packet's there is to whom and from whom.
        $bytes = [Convert]::ToHexString([IO.File]::ReadAllBytes($capture))
        $bytes | Should -Match '^D4C3B2A1'
        $bytes | Should -Match ($adapter.MacAddress.Replace(':', '') + '0800')
    }

    It 'a capture is one that tshark reads' {
        if (-not $tshark) { Write-Warning 'Not tested: tshark is not installed.'; return }
        & $tshark -r $capture -Y 'icmp.type == 0' -T fields -e ip.src -e ip.dst 2>$null | Should -Be "10.9.0.1`t10.9.0.2"
    }

    It 'a guest sees that its cable is pulled out, and plugged in again' {
        Set-QemuVmNetworkAdapter left net0 -LinkState Down
        Invoke-GuestShell left 'until [ $(cat /sys/class/net/eth0/carrier) = 0 ]; do sleep 0.1; done; echo no carrier' | Should -Match "(?m)^no carrier$"
        Set-QemuVmNetworkAdapter left net0 -LinkState Up
        Invoke-GuestShell left 'until [ $(cat /sys/class/net/eth0/carrier) = 1 ]; do sleep 0.1; done; echo a carrier' | Should -Match "(?m)^a carrier$"
    }

    It 'a guest lets go of an adapter that is removed, and QEMU of its network' {
        (Remove-QemuVmNetworkAdapter right net0 -Timeout 60).State | Should -Be 'Removed'
        Invoke-GuestShell right 'ls /sys/class/net' | Should -Not -Match 'eth0'
        Invoke-QmpCommand right -Hmp 'info network' | Should -BeNullOrEmpty
        Get-QemuVmNetworkAdapter right | Should -BeNullOrEmpty
        (Get-QemuVm right).PendingChanges | Should -BeNullOrEmpty
    }

    It 'a guest that answers when nobody waits any more leaves nothing that stands in the way' {
        Suspend-QemuVm left
        (Remove-QemuVmNetworkAdapter left net0 -Timeout 0).State | Should -Be 'PendingGuest'
        Resume-QemuVm left
        $deadline = [DateTime]::UtcNow.AddSeconds(60)
        do { $status = "$((Get-QemuVmNetworkAdapter left net0).Status)" } until ($status -eq 'Unplugged' -or [DateTime]::UtcNow -gt $deadline)
        $status | Should -Be 'Unplugged'

        # The name is free again, and so is the path of the socket.
        (Add-QemuVmNetworkAdapter left -Network Stream -LocalEndpoint $cable -PassThru).Id | Should -Be 'net0'
        (Get-QemuVm left).PendingChanges | Should -BeNullOrEmpty
    }

    It 'a machine goes on from its saved state without an adapter that was taken out' {
        (Remove-QemuVmNetworkAdapter left net0 -Timeout 60).State | Should -Be 'Removed'
        Add-QemuVmNetworkAdapter left -Persist
        Stop-QemuVm left -TurnOff
        Start-DeviceGuest left
        (Remove-QemuVmNetworkAdapter left net0 -Timeout 60).State | Should -Be 'Removed'
        Save-QemuVm left
        Start-QemuVm left
        Invoke-GuestShell left 'ls /sys/class/net; echo still here' | Should -Match '(?m)^still here$'
        Get-QemuVmNetworkAdapter left | Should -BeNullOrEmpty
    }

    It 'a machine joins a bridge of the host that allows it, and has a tap' {
        if (-not (Test-Root) -or -not [IO.File]::Exists('/dev/net/tun')) { Write-Warning 'Not tested: a bridge is made by root alone, and a tap needs /dev/net/tun.'; return }
        if ([IO.File]::Exists('/etc/qemu/bridge.conf')) { Write-Warning 'Not tested: /etc/qemu/bridge.conf is somebody else''s.'; return }
        $bridge, $tap = "qpsbr$PID", "qpstap$PID"
        $said = & ip link add $bridge type bridge 2>&1
        if ($LASTEXITCODE -ne 0) { Write-Warning "Not tested, no bridge can be made here: $said"; return }
        $isNewFolder = -not [IO.Directory]::Exists('/etc/qemu')
        try {
            Get-FailureId { Add-QemuVmNetworkAdapter right -Bridge $bridge } | Should -Be 'NetworkUnavailable'
            $null = [IO.Directory]::CreateDirectory('/etc/qemu')
            [IO.File]::WriteAllText('/etc/qemu/bridge.conf', "allow $bridge`n")
            $adapter = Add-QemuVmNetworkAdapter right -Bridge $bridge -Live -PassThru
            $adapter.Network, $adapter.Bridge, $adapter.Status | Should -Be @('Bridge', $bridge, 'Attached')
            @([IO.Directory]::GetFileSystemEntries("/sys/class/net/$bridge/brif")).Count | Should -Be 1
            Get-Completion "Add-QemuVmNetworkAdapter right -Bridge qpsbr$PID" | Should -Be $bridge
            ($adapter | Remove-QemuVmNetworkAdapter -Timeout 60).State | Should -Be 'Removed'
            @([IO.Directory]::GetFileSystemEntries("/sys/class/net/$bridge/brif")).Count | Should -Be 0

            & ip tuntap add $tap mode tap
            $adapter = Add-QemuVmNetworkAdapter right -TapName $tap -Live -PassThru
            $adapter.Network, $adapter.TapName, $adapter.Status | Should -Be @('Tap', $tap, 'Attached')
            Get-FailureId { Add-QemuVmNetworkAdapter left -TapName $tap -Live } | Should -Be 'LiveChangeFailed'
            (Get-QemuVmNetworkAdapter left).Count | Should -Be 0
            ($adapter | Remove-QemuVmNetworkAdapter -Timeout 60).State | Should -Be 'Removed'
        }
        finally {
            [IO.File]::Delete('/etc/qemu/bridge.conf')
            if ($isNewFolder) { [IO.Directory]::Delete('/etc/qemu') }
            & ip link delete $bridge
            if ([IO.Directory]::Exists("/sys/class/net/$tap")) { & ip link delete $tap }
        }
    }
}
