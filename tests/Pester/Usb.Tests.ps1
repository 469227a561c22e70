BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession
    $savedRoot = $env:QEMUPS_ROOT
    $env:QEMUPS_ROOT = "$RepositoryRoot/tests/fixtures/hosts/laptop"
}

AfterAll {
    $env:QEMUPS_ROOT = $savedRoot
    Exit-TestSession
}

Describe 'Get-UsbDevice on a laptop' {
    It 'shows what is plugged in, and no hub' {
        $devices = Get-UsbDevice

        $devices.BusId | Should -Be '1-1.1', '1-1.2', '1-1.3', '1-1.4', '1-3', '1-6', '1-10', '2-2'
        $devices.IsHub | Should -Not -Contain $true
    }

    It 'shows hubs and root hubs when asked to' {
        $hubs = Get-UsbDevice -IncludeHub | Where-Object IsHub

        $hubs.BusId | Sort-Object | Should -Be '1-1', '2-1', 'usb1', 'usb2'
        ($hubs | Where-Object IsRootHub).BusId | Sort-Object | Should -Be 'usb1', 'usb2'
    }

    It 'knows all about a device' {
        $key = Get-UsbDevice -VendorId 1050

        $key.VendorId | Should -Be '1050'
        $key.ProductId | Should -Be '0407'
        $key.Product | Should -Be 'YubiKey OTP+FIDO+CCID'
        $key.Manufacturer | Should -Be 'Yubico'
        $key.BusNumber | Should -Be 1
        $key.DeviceNumber | Should -Be 10
        $key.Port | Should -Be '3'
        $key.Speed | Should -Be 12
        $key.SpeedName | Should -Be 'USB 1.1 Full-Speed'
        $key.DevicePath | Should -Be '/dev/bus/usb/001/010'
        $key.SysfsPath | Should -Be '/sys/devices/pci0000:00/0000:00:14.0/usb1/1-3'
        $key.Drivers | Should -Be 'usbhid'
        $key.Interfaces.Class | Should -Be 'Hid', 'Hid', 'SmartCard'
        $key.PeerBusId | Should -Be '2-3'
        $key.IsRemovable | Should -BeTrue
        $key.IsAmbiguous | Should -BeFalse
        $key.IsMounted | Should -BeFalse
        $key.AssignedVm | Should -BeNullOrEmpty
    }

    It 'says which devices cannot be told apart by their numbers' {
        (Get-UsbDevice | Where-Object IsAmbiguous).BusId | Should -Be '1-1.3', '1-1.4'
    }

    It 'says where a stick is mounted' {
        $stick = Get-UsbDevice -SerialNumber 4C53*

        $stick.IsMounted | Should -BeTrue
        $stick.MountPoints | Should -Be '/media/ada/Holiday Photos'
    }

    It 'says whether a device may be opened, and what to do when not' {
        (Get-UsbDevice -VendorId 1050).CanAccess | Should -BeTrue
        $copy = "$TestFolder/noaccess"
        & cp -a $env:QEMUPS_ROOT $copy
        $usual = $env:QEMUPS_ROOT
        try {
            $env:QEMUPS_ROOT = $copy
            [IO.File]::Delete("$copy/dev/bus/usb/001/010")
            $key = Get-UsbDevice -VendorId 1050
        }
        finally { $env:QEMUPS_ROOT = $usual }

        $key.CanAccess | Should -BeFalse
        $key.AccessHint | Should -Match '/dev/bus/usb/001/010'
    }

    It 'finds devices by <What>' -ForEach @(
        @{ What = 'a name with wildcards'; Arguments = @{ Name = '*yubi*' }; BusId = '1-3' }
        @{ What = 'the name the device gives itself'; Arguments = @{ Name = 'YubiKey OTP+FIDO+CCID' }; BusId = '1-3' }
        @{ What = 'vendor and product'; Arguments = @{ VendorId = '046D'; ProductId = '0xc31c' }; BusId = '1-1.1' }
        @{ What = 'a number without quotes'; Arguments = @{ VendorId = 1050 }; BusId = '1-3' }
        @{ What = 'bus and device number'; Arguments = @{ BusNumber = 1; DeviceNumber = 10 }; BusId = '1-3' }
        @{ What = 'port'; Arguments = @{ Port = '1.4' }; BusId = '1-1.4' }
        @{ What = 'bus and port, as the table shows them'; Arguments = @{ Port = '1-1.4' }; BusId = '1-1.4' }
        @{ What = 'ports with wildcards'; Arguments = @{ Port = '1-1.[12]' }; BusId = '1-1.1', '1-1.2' }
        @{ What = 'class'; Arguments = @{ Class = 'Video' }; BusId = '1-6' }
    ) {
        (Get-UsbDevice @Arguments).BusId | Should -Be $BusId
    }

    It 'says that no device has a name, but not for a pattern' {
        Get-FailureId { Get-UsbDevice 'No such thing' } | Should -Be 'UsbDeviceNotFound'
        Get-UsbDevice '*no such thing*' | Should -BeNullOrEmpty
        (Get-Failure { Get-UsbDevice 1-3 }).ErrorDetails.RecommendedAction | Should -Match '-Port 1-3'
    }

    It 'takes names from the pipeline' {
        ('*yubi*', '*Mouse*' | Get-UsbDevice).BusId | Should -Be '1-3', '1-1.2'
    }

    It 'refuses a number that is none' {
        Get-FailureId { Get-UsbDevice -VendorId 'xyz' } | Should -Be 'ParameterArgumentTransformationError'
    }

    It 'prints a table as people know it from lsusb' {
        Get-UsbDevice | Out-String | Should -Match '1-3\s+1050:0407\s+\S.*usbhid\s+yes'
    }

    It 'completes names, with quotes where they need them' {
        $text = 'Get-UsbDevice -Name Yub'
        $offered = [Management.Automation.CommandCompletion]::CompleteInput($text, $text.Length, $null).CompletionMatches.CompletionText

        $offered | Should -Be "'Yubikey 4/5 OTP+U2F+CCID'"
    }

    It 'survives serialisation' {
        $again = [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize((Get-UsbDevice -VendorId 1050)))

        $again.BusId | Should -Be '1-3'
    }
}

Describe 'Get-UsbDevice -Detailed' {
    BeforeAll { $camera = Get-UsbDevice -Class Video -Detailed }

    It 'adds configurations, interfaces with their settings, and endpoints' {
        $camera.Descriptors.Device.UsbVersion | Should -Be '2.00'
        $camera.Descriptors.Problems | Should -BeNullOrEmpty
        $camera.Configurations.MaxPowerMilliamperes | Should -Be 500
        $camera.Configurations.Interfaces.AlternateSetting | Should -Be 0, 0, 1
        $camera.Configurations.Interfaces[2].Endpoints.TransferType | Should -Be 'Isochronous'
        $camera.Configurations.Interfaces[1].SubClassName | Should -Be 'Video Streaming'
    }

    It 'leaves them out when they were not asked for' {
        (Get-UsbDevice -Class Video).Descriptors | Should -BeNullOrEmpty
        (Get-UsbDevice -Class Video).Configurations | Should -BeNullOrEmpty
    }

    It 'prints interfaces, endpoints and descriptors as tables' {
        $camera.Configurations.Interfaces | Out-String | Should -Match 'Video, Video Streamin[\s\S]*0x81 Isochronous 512'
        $camera.Configurations.Interfaces.Endpoints | Out-String | Should -Match '1\s+In\s+Isochronous'
        (Get-UsbDevice -VendorId 046d -ProductId c31c -Detailed).Configurations.Interfaces.ClassDescriptors | Out-String | Should -Match 'HID\s+9\s+bcdHID='
    }

    It 'shows what the device is connected to' {
        $stick = Get-UsbDevice -SerialNumber 4C53*

        $stick.BlockDevices | Should -Contain '/dev/sdc1'
        $stick.MaxPowerMilliamperes | Should -Be 896
        $stick.ParentBusId | Should -Be 'usb2'
        (Get-UsbDevice -VendorId 046d -ProductId c31c).InputDevices | Should -Match '^/dev/input/event\d+$'
    }
}

Describe 'Get-UsbDevice -Tree' {
    It 'shows the hubs above the devices, each once' {
        (Get-UsbDevice *yubi*, *Mouse* -Tree).BusId | Should -Be 'usb1', '1-1', '1-1.2', '1-3'
        (Get-UsbDevice -Tree).BusId | Should -Be 'usb1', '1-1', '1-1.1', '1-1.2', '1-1.3', '1-1.4', '1-3', '1-6', '1-10', 'usb2', '2-1', '2-2'
    }

    It 'indents what is plugged into a hub' {
        Get-UsbDevice -Tree | Out-String | Should -Match '(?m)^usb1.*\n   1-1 .*\n      1-1\.1 '
    }

    It 'knows parents and children' {
        (Get-UsbDevice -IncludeHub | Where-Object BusId -eq '1-1').Children | Should -Be '1-1.1', '1-1.2', '1-1.3', '1-1.4'
        (Get-UsbDevice -Port 1.2).ParentBusId | Should -Be '1-1'
    }
}

Describe 'Get-UsbDevice in a pipeline' {
    It 'looks at the piped devices again' {
        (Get-UsbDevice | Get-UsbDevice).BusId | Should -Be (Get-UsbDevice).BusId
        (Get-UsbDevice -IncludeHub | Get-UsbDevice -IncludeHub).BusId | Should -Be (Get-UsbDevice -IncludeHub).BusId
    }

    It 'finds a device by its manufacturer and name' {
        (Get-UsbDevice 'Logitech*').BusId | Should -Be '1-1.1', '1-1.2'
    }

    It 'completes <Parameter> with what is plugged in' -ForEach @(
        @{ Parameter = '-VendorId 04'; Offered = '046d', '04f2' }
        @{ Parameter = '-SerialNumber 4'; Offered = '4C530001230512118093' }
        @{ Parameter = '-Port 1.'; Offered = '1.1', '1.2', '1.3', '1.4' }
        @{ Parameter = '-BusNumber '; Offered = '1', '2' }
    ) {
        $text = "Get-UsbDevice $Parameter"
        [Management.Automation.CommandCompletion]::CompleteInput($text, $text.Length, $null).CompletionMatches.CompletionText | Should -Be $Offered
    }
}

Describe 'Get-UsbDevice on a server' {
    It 'knows that the management controller has the only keyboard and mouse' {
        $usual = $env:QEMUPS_ROOT
        try {
            $env:QEMUPS_ROOT = "$RepositoryRoot/tests/fixtures/hosts/server-amd"
            $device = Get-UsbDevice
        }
        finally { $env:QEMUPS_ROOT = $usual }

        $device.Name | Should -Be 'Virtual Keyboard and Mouse'
        $device.IsOnlyKeyboard | Should -BeTrue
        $device.IsOnlyMouse | Should -BeTrue
    }
}

Describe 'Get-UsbDevice elsewhere' {
    It 'says that the recorded host is not there' {
        $usual = $env:QEMUPS_ROOT
        try {
            $env:QEMUPS_ROOT = '/no/such/folder'
            Get-FailureId { Get-UsbDevice } | Should -Be 'DirectoryNotFound'
        }
        finally { $env:QEMUPS_ROOT = $usual }
    }

    It 'returns nothing on a host without USB' {
        $usual = $env:QEMUPS_ROOT
        try {
            $env:QEMUPS_ROOT = "$RepositoryRoot/tests/fixtures/hosts/bare"
            Get-UsbDevice -ErrorAction Stop | Should -BeNullOrEmpty
        }
        finally { $env:QEMUPS_ROOT = $usual }
    }

    It 'reads this host without an error' {
        $usual = $env:QEMUPS_ROOT
        try {
            $env:QEMUPS_ROOT = $null
            $real = if ([IO.Directory]::Exists('/sys/bus/usb/devices')) { @([IO.Directory]::GetFileSystemEntries('/sys/bus/usb/devices') | Where-Object { $_ -notmatch ':' }).Count } else { 0 }
            @(Get-UsbDevice -IncludeHub -ErrorAction Stop).Count | Should -Be $real
        }
        finally { $env:QEMUPS_ROOT = $usual }
    }
}
