# The host is a recorded laptop (tests/fixtures/hosts/laptop), QEMU is real: it waits for devices that it cannot find.
BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession
    $savedRoot = $env:QEMUPS_ROOT
    $env:QEMUPS_ROOT = "$RepositoryRoot/tests/fixtures/hosts/laptop"

    # What the machine's definition says about its USB devices.
    function Get-SavedDevice([string] $Name) { ([IO.File]::ReadAllText((Get-QemuVm $Name).Path) | ConvertFrom-Json).usbDevices }

    # The arguments of the machine's usb-host devices.
    function Get-HostDevice([string] $Name) {
        ConvertTo-QemuCommandLine $Name -Shell Array | Where-Object { $_ -match '^\{' } | ConvertFrom-Json | Where-Object driver -eq 'usb-host'
    }
}

AfterAll {
    $env:QEMUPS_ROOT = $savedRoot
    Exit-TestSession
}

Describe 'Add-VmUsbPassthrough to a machine that is off' {
    BeforeEach { $vm = New-QemuVm -Name "off-$([guid]::NewGuid().ToString('N').Substring(0, 8))" -Accelerator Tcg -MemoryStartupBytes 64MB -NoDisk }

    It 'writes the device to the definition and gives the machine a controller' {
        $added = Get-UsbDevice -VendorId 1050 | Add-VmUsbPassthrough $vm.Name -PassThru

        $added.State | Should -Be 'Defined'
        $added.Persisted | Should -BeTrue
        $added.VmName | Should -Be $vm.Name
        (Get-QemuVm $vm.Name).UsbPassthrough.Id | Should -Be 'usb-1050-0407'
        ConvertTo-QemuCommandLine $vm.Name | Should -Match 'qemu-xhci'
    }

    It 'names a device without a serial number by its port' {
        $added = Add-VmUsbPassthrough $vm.Name 1-3 -PassThru

        $added.IdentifyBy | Should -Be 'Port'
        $device = Get-HostDevice $vm.Name
        $device.hostbus | Should -Be 1, 2
        $device.hostport | Should -Be '3', '3'
        $device[0].vendorid | Should -BeNullOrEmpty
    }

    It 'names a device by vendor and product when asked to' {
        Get-UsbDevice -VendorId 1050 | Add-VmUsbPassthrough $vm.Name -IdentifyBy VendorProduct

        $device = Get-HostDevice $vm.Name
        $device.vendorid | Should -Be 0x1050
        $device.productid | Should -Be 0x0407
    }

    It 'names one of two identical devices by its port, and says why' {
        $said = Get-UsbDevice -Port 1.3 | Add-VmUsbPassthrough $vm.Name -Verbose 4>&1

        "$said" | Should -Match 'port 1-1\.3'
        $device = Get-HostDevice $vm.Name
        $device[0].hostbus | Should -Be 1
        $device[0].hostport | Should -Be '1.3'
    }

    It 'waits in both halves of a USB 3 socket' {
        Get-UsbDevice -Port 1.3 | Add-VmUsbPassthrough $vm.Name

        $device = Get-HostDevice $vm.Name
        $device.id | Should -Be 'usb-058f-6387', 'usb-058f-6387-peer'
        $device.hostbus | Should -Be 1, 2
        $device.hostport | Should -Be '1.3', '1.3'
    }

    It 'takes both of two identical devices, each by its port' {
        Get-UsbDevice -VendorId 058f | Add-VmUsbPassthrough $vm.Name

        (Get-HostDevice $vm.Name | Where-Object id -NotLike '*-peer').hostport | Sort-Object | Should -Be '1.3', '1.4'
        (Get-SavedDevice $vm.Name).id | Should -Be 'usb-058f-6387', 'usb-058f-6387-2'
    }

    It 'refuses vendor and product for one of two identical devices, and offers the ports' {
        $failure = Get-Failure { Get-UsbDevice -Port 1.3 | Add-VmUsbPassthrough $vm.Name -IdentifyBy VendorProduct }

        $failure.FullyQualifiedErrorId | Should -BeLike 'UsbDeviceAmbiguous,*'
        $failure.Exception.Message | Should -Match '1-1\.3.*1-1\.4'
        $failure.ErrorDetails.RecommendedAction | Should -Match '-IdentifyBy Port'
    }

    It 'finds a device with a serial number where it is plugged in' {
        Get-UsbDevice -VendorId 0781 | Add-VmUsbPassthrough $vm.Name -Force -WarningAction SilentlyContinue

        (Get-SavedDevice $vm.Name).match.identifyBy | Should -Be 'Serial'
        (Get-HostDevice $vm.Name).hostport | Should -Be '2'
    }

    It 'refuses a stick that is mounted, unless forced' {
        $failure = Get-Failure { Get-UsbDevice -VendorId 0781 | Add-VmUsbPassthrough $vm.Name }

        $failure.FullyQualifiedErrorId | Should -BeLike 'UsbDeviceInUse,*'
        $failure.Exception.Message | Should -Match 'Holiday Photos'
        Get-SavedDevice $vm.Name | Should -BeNullOrEmpty
    }

    It 'refuses the only keyboard' {
        $alone = "$TestFolder/alone"
        & cp -a $env:QEMUPS_ROOT $alone
        $list = "$alone/proc/bus/input/devices"
        $own = [IO.File]::ReadAllText($list) -split "`n`n" | Where-Object { $_ -match '/usb\d/' }
        [IO.File]::WriteAllText($list, ($own -join "`n`n") + "`n`n")
        $usual = $env:QEMUPS_ROOT
        try {
            $env:QEMUPS_ROOT = $alone
            $failure = Get-Failure { Get-UsbDevice -VendorId 046d -ProductId c31c | Add-VmUsbPassthrough $vm.Name }
        }
        finally { $env:QEMUPS_ROOT = $usual }

        $failure.FullyQualifiedErrorId | Should -BeLike 'UsbDeviceInUse,*'
        $failure.Exception.Message | Should -Match 'only keyboard'
    }

    It 'refuses a hub, also with -Force' {
        Get-FailureId { Get-UsbDevice -IncludeHub | Where-Object BusId -eq '1-1' | Add-VmUsbPassthrough $vm.Name -Force } | Should -Be 'UsbDeviceIsHub'
    }

    It 'refuses the same device twice' {
        Get-UsbDevice -VendorId 1050 | Add-VmUsbPassthrough $vm.Name

        Get-FailureId { Get-UsbDevice -VendorId 1050 | Add-VmUsbPassthrough $vm.Name } | Should -Be 'UsbDeviceAlreadyAdded'
    }

    It 'shows the machine that has a device' {
        Get-UsbDevice -VendorId 04f2 | Add-VmUsbPassthrough $vm.Name

        (Get-UsbDevice -VendorId 04f2).AssignedVm | Should -Be $vm.Name
        Remove-QemuVm $vm.Name -Confirm:$false
        (Get-UsbDevice -VendorId 04f2).AssignedVm | Should -BeNullOrEmpty
    }

    It 'cannot be done live' {
        Get-FailureId { Get-UsbDevice -VendorId 1050 | Add-VmUsbPassthrough $vm.Name -Live } | Should -Be 'VmNotRunning'
    }

    It 'changes nothing with -WhatIf' {
        Get-UsbDevice -VendorId 1050 | Add-VmUsbPassthrough $vm.Name -WhatIf

        Get-SavedDevice $vm.Name | Should -BeNullOrEmpty
    }

    It 'takes a device that went through a file, and a bus id' {
        $text = [Management.Automation.PSSerializer]::Serialize((Get-UsbDevice -VendorId 1050))
        [Management.Automation.PSSerializer]::Deserialize($text) | Add-VmUsbPassthrough $vm.Name
        Add-VmUsbPassthrough $vm.Name -Device '1-1.4'

        (Get-SavedDevice $vm.Name).id | Should -Be 'usb-1050-0407', 'usb-058f-6387'
    }

    It 'gives slower devices a USB 2 controller''s companions' {
        $ehci = New-QemuVm -Name "ehci-$([guid]::NewGuid().ToString('N').Substring(0, 8))" -Accelerator Tcg -MemoryStartupBytes 64MB -UsbController Ehci -NoDisk
        Get-UsbDevice -VendorId 1050 | Add-VmUsbPassthrough $ehci.Name
        Start-QemuVm $ehci.Name
        $classes = Get-DeviceClass $ehci.Name
        Stop-QemuVm $ehci.Name -TurnOff

        $classes | Should -Contain 'ich9-usb-ehci1'
        @($classes -like 'ich9-usb-uhci*') | Should -HaveCount 3
        $classes | Should -Contain 'usb-host'
    }

    It 'warns of a USB 3 device for a USB 2 controller' {
        $ehci = New-QemuVm -Name "slow-$([guid]::NewGuid().ToString('N').Substring(0, 8))" -Accelerator Tcg -MemoryStartupBytes 64MB -UsbController Ehci -NoDisk
        Get-UsbDevice -VendorId 0781 | Add-VmUsbPassthrough $ehci.Name -Force -WarningVariable said -WarningAction SilentlyContinue

        "$said" | Should -Match 'USB 2 controller.*-UsbController Xhci'
    }

    It 'refuses to find by serial number what is not plugged in' {
        Get-FailureId { Add-VmUsbPassthrough $vm.Name -Device 1234:abcd -IdentifyBy Serial } | Should -Be 'UsbDeviceNotFound'
        Add-VmUsbPassthrough $vm.Name -Device 1234:abcd
        (Get-HostDevice $vm.Name).vendorid | Should -Be 0x1234
    }

    It 'warns about a device that this user may not open, and does not start the machine with it' {
        $denied = "$TestFolder/denied"
        & cp -a $env:QEMUPS_ROOT $denied
        $usual = $env:QEMUPS_ROOT
        try {
            $env:QEMUPS_ROOT = $denied
            [IO.File]::Delete("$denied$((Get-UsbDevice -VendorId 1050).DevicePath)")
            $device = Get-UsbDevice -VendorId 1050
            $device.CanAccess | Should -BeFalse

            $device | Add-VmUsbPassthrough $vm.Name -WarningVariable said -WarningAction SilentlyContinue
            $said[0].Message | Should -Match ([regex]::Escape($device.AccessHint))
            Get-FailureId { Start-QemuVm $vm.Name } | Should -Be 'UsbAccessDenied'
        }
        finally { $env:QEMUPS_ROOT = $usual }
    }
}

Describe 'Add-VmUsbPassthrough to a running <MachineType> machine' -ForEach @(
    @{ MachineType = 'pc' }
    @{ MachineType = 'q35' }
) {
    BeforeAll {
        $vm = New-QemuVm -Name "live-$MachineType" -MachineType $MachineType -Accelerator Tcg -MemoryStartupBytes 64MB -NoDisk
        Start-QemuVm $vm.Name
    }

    AfterAll { Stop-QemuVm $vm.Name -TurnOff }

    It 'plugs in a controller and the device, and QEMU waits for it' {
        $added = Get-UsbDevice -VendorId 1050 | Add-VmUsbPassthrough $vm.Name -PassThru

        $added.State | Should -Be 'Pending'
        $added.Persisted | Should -BeTrue
        Get-DeviceClass $vm.Name | Should -Contain 'qemu-xhci'
        Get-DeviceClass $vm.Name | Should -Contain 'usb-host'
    }

    It 'uses the controller that is there for the next one' {
        Get-UsbDevice -Port 1.3 | Add-VmUsbPassthrough $vm.Name -Live

        @(Get-DeviceClass $vm.Name | Where-Object { $_ -eq 'qemu-xhci' }) | Should -HaveCount 1
        @(Get-DeviceClass $vm.Name | Where-Object { $_ -eq 'usb-host' }) | Should -HaveCount 4
    }

    It 'leaves the definition alone with -Live, and the machine with -Persist' {
        Get-SavedDevice $vm.Name | Should -HaveCount 1
        Get-UsbDevice -Port 1.4 | Add-VmUsbPassthrough $vm.Name -Persist

        Get-SavedDevice $vm.Name | Should -HaveCount 2
        @(Get-DeviceClass $vm.Name | Where-Object { $_ -eq 'usb-host' }) | Should -HaveCount 4
    }

    It 'waits for a device that is not there, by <What>' -ForEach @(
        @{ What = 'vendor and product'; Device = '1234:abcd'; Id = 'usb-1234-abcd' }
        @{ What = 'port'; Device = '3-1.4'; Id = 'usb-port-3-1.4' }
    ) {
        $added = Add-VmUsbPassthrough $vm.Name -Device $Device -Live -PassThru

        $added.Id | Should -Be $Id
        $added.State | Should -Be 'Pending'
        $added.Device | Should -BeNullOrEmpty
        $shown = Get-VmUsbPassthrough $vm.Name | Where-Object Id -eq $Id
        $shown.State | Should -Be 'Pending'
        $shown.Persisted | Should -BeFalse
        Remove-VmUsbPassthrough $vm.Name $Id
        (Get-VmUsbPassthrough $vm.Name).Id | Should -Not -Contain $Id
    }

    It 'says what failed, and what only the definition has' {
        $shown = Get-VmUsbPassthrough $vm.Name

        # QEMU looks at this host's bus, where the recorded devices are not.
        ($shown | Where-Object Id -eq 'usb-1050-0407').State | Should -Be 'Failed'
        ($shown | Where-Object Id -eq 'usb-1050-0407').Reason | Should -Match 'QEMU has not got it'
        $defined = $shown | Where-Object { $_.Match.Port -eq '1.4' }
        $defined.State | Should -Be 'Defined'
        $defined.Persisted | Should -BeTrue
        $defined.Reason | Should -Match '-Live'
    }

    It 'finds them by device and by machine, from the pipeline' {
        (Get-UsbDevice -VendorId 1050 | Get-VmUsbPassthrough).VmName | Should -Contain $vm.Name
        (Get-QemuVm $vm.Name | Get-VmUsbPassthrough).Count | Should -Be (Get-VmUsbPassthrough $vm.Name).Count
        (Get-VmUsbPassthrough $vm.Name | Where-Object { $_.Match.Port -eq '1.4' } | Get-UsbDevice).BusId | Should -Be '1-1.4'
    }

    It 'prints machine, device and state' {
        Get-VmUsbPassthrough $vm.Name | Out-String -Width 160 | Should -Match 'usb-1050-0407\s+port 1-3\s+Yubikey.*Failed\s+yes'
    }

    It 'sees that a device has gone where nobody finds it again, and when it waits' {
        $bare = "$RepositoryRoot/tests/fixtures/hosts/bare"
        $usual = $env:QEMUPS_ROOT
        try {
            $env:QEMUPS_ROOT = $bare
            (Get-VmUsbPassthrough $vm.Name | Where-Object Id -eq 'usb-1050-0407').State | Should -Be 'Pending'
        }
        finally { $env:QEMUPS_ROOT = $usual }
    }

    It 'plugs in again what QEMU has lost, under the same name' {
        Get-UsbDevice -VendorId 1050 | Add-VmUsbPassthrough $vm.Name -Live

        @(Get-VmUsbPassthrough $vm.Name | Where-Object { $_.Match.VendorId -eq '1050' }) | Should -HaveCount 1
        @(Get-SavedDevice $vm.Name | Where-Object id -eq 'usb-1050-0407') | Should -HaveCount 1
    }

    It 'follows a device with a serial number to another socket' {
        $moving = "$TestFolder/moving-$($vm.Name)"
        & cp -a $env:QEMUPS_ROOT $moving
        $usual = $env:QEMUPS_ROOT
        try {
            $env:QEMUPS_ROOT = $moving
            $added = Get-UsbDevice -VendorId 0781 | Add-VmUsbPassthrough $vm.Name -Force -WarningAction SilentlyContinue -PassThru
            & mv "$moving/sys/bus/usb/devices/2-2" "$moving/sys/bus/usb/devices/2-4"
            $stale = Get-VmUsbPassthrough $vm.Name | Where-Object Id -eq $added.Id
            Get-UsbDevice -VendorId 0781 | Add-VmUsbPassthrough $vm.Name -Force -WarningAction SilentlyContinue
            $again = Get-VmUsbPassthrough $vm.Name | Where-Object Id -eq $added.Id
        }
        finally { $env:QEMUPS_ROOT = $usual }

        $stale.State | Should -Be 'Stale'
        $stale.Reason | Should -Match '2-4'
        # It is looked for in the right place now; that QEMU has not got it is because it is not really there.
        $again.State | Should -Be 'Failed'
        Invoke-QmpCommand qom-get @{ path = "/machine/peripheral/$($added.Id)"; property = 'hostport' } -VmName $vm.Name | Should -Be '4'
        Remove-VmUsbPassthrough $vm.Name $added.Id
    }

    It 'passes on -NoGuestReset and -CapturePath' {
        $pcap = "$TestFolder/$($vm.Name).pcap"
        Add-VmUsbPassthrough $vm.Name -Device '4321:0001' -Live -NoGuestReset -CapturePath $pcap

        [IO.File]::Exists($pcap) | Should -BeTrue
        Invoke-QmpCommand qom-get @{ path = '/machine/peripheral/usb-4321-0001'; property = 'guest-reset' } -VmName $vm.Name | Should -BeFalse
        Get-FailureId { Add-VmUsbPassthrough $vm.Name -Device '4321:0002' -Live -CapturePath $pcap } | Should -Be 'FileExists'
        Remove-VmUsbPassthrough $vm.Name usb-4321-0001
        # The header of a pcap file with USB packets as Linux has them (link type 220).
        [Convert]::ToHexString([IO.File]::ReadAllBytes($pcap)).Substring(0, 8) | Should -Be 'D4C3B2A1'
        [IO.File]::ReadAllBytes($pcap)[20] | Should -Be 220
    }

    It 'hands over an open file, and takes it back when QEMU cannot use it' {
        $failure = Get-Failure { Get-UsbDevice -VendorId 04f2 | Add-VmUsbPassthrough $vm.Name -UseFileDescriptor -Live }

        # The recorded node is a plain file: libusb has no use for it.
        $failure.FullyQualifiedErrorId | Should -BeLike 'LiveChangeFailed,*'
        $failure.Exception.Message | Should -Match '/dev/fdset/'
        # QEMU forgets to close its own copy, and keeps the set for it; ours is gone.
        (Invoke-QmpCommand query-fdsets -VmName $vm.Name).fds | Should -BeNullOrEmpty
        Get-FailureId { Get-UsbDevice -VendorId 04f2 | Add-VmUsbPassthrough $vm.Name -UseFileDescriptor } | Should -Be 'InvalidOption'
    }

    It 'takes a device back from the machine, from the definition, from both' {
        Remove-VmUsbPassthrough $vm.Name usb-1050-0407 -Live
        (Get-VmUsbPassthrough $vm.Name | Where-Object Id -eq 'usb-1050-0407').State | Should -Be 'Defined'
        Remove-VmUsbPassthrough $vm.Name usb-1050-0407 -WhatIf
        Remove-VmUsbPassthrough $vm.Name usb-1050-0407 -Persist
        (Get-VmUsbPassthrough $vm.Name).Id | Should -Not -Contain 'usb-1050-0407'
        Get-UsbDevice -VendorId 1050 | Add-VmUsbPassthrough $vm.Name
        Get-UsbDevice -VendorId 1050 | Remove-VmUsbPassthrough $vm.Name
        (Get-VmUsbPassthrough $vm.Name).Id | Should -Not -Contain 'usb-1050-0407'
        Get-UsbDevice -VendorId 1050 | Add-VmUsbPassthrough $vm.Name
        Get-FailureId { Remove-VmUsbPassthrough $vm.Name nosuch } | Should -Be 'UsbDeviceNotFound'
    }

    It 'quotes QEMU when it cannot take the device, and leaves the definition alone' {
        $failure = Get-Failure { Get-UsbDevice -VendorId 04f2 | Add-VmUsbPassthrough $vm.Name -IdentifyBy Address }

        $failure.FullyQualifiedErrorId | Should -BeLike 'LiveChangeFailed,*'
        $failure.Exception.Message | Should -Match 'host usb device|libusb'
        Get-SavedDevice $vm.Name | Should -HaveCount 2
    }
}
