# Reading USB: Get-UsbDevice against lsusb and sysfs.

Check 'Get-UsbDevice -Detailed: every field is what lsusb -v says' {
    $ours = @(Get-UsbDevice -IncludeHub -Detailed)
    Assert-SameLines @($ours | ForEach-Object { Get-UsbField $_ }) @(Get-LsusbField)
    $ours.Descriptors.Problems | Should -BeNullOrEmpty
}

Check 'Get-UsbDevice: devices and names are those of lsusb' {
    $lines = @(& lsusb)
    $ours = @(Get-UsbDevice -IncludeHub)
    $ours.Count | Should -Be $lines.Count
    foreach ($device in $ours) {
        $line = $lines | Where-Object { $_.StartsWith(('Bus {0:d3} Device {1:d3}: ID {2}:{3}' -f $device.BusNumber, $device.DeviceNumber, $device.VendorId, $device.ProductId)) }
        $line | Should -BeLike "*$($device.Name)"
    }
}

Check 'Get-UsbDevice: interfaces, drivers and speeds are those of lsusb -t' {
    $bus = ''
    $theirs = foreach ($line in & lsusb -t) {
        if ($line -match '^/:\s+Bus (\d+)') { $bus = [int] $Matches[1] }
        elseif ($line -match 'Dev (\d+), If (\d+), Class=[^,]*, Driver=([^,/]*)[^,]*, ([\d.]+)M') { "$bus/$($Matches[1]) $($Matches[2]) '$($Matches[3])' $($Matches[4])" }
    }
    $ours = foreach ($device in Get-UsbDevice -IncludeHub | Where-Object { -not $_.IsRootHub }) {
        foreach ($interface in $device.Interfaces) { "$($device.BusNumber)/$($device.DeviceNumber) $($interface.Number) '$($interface.Driver)' $($device.Speed)" }
    }
    Assert-SameLines @($ours) @($theirs)
}

Check 'Get-UsbDevice: two identical sticks are told apart by their serial numbers' {
    $sticks = @(Get-UsbDevice -SerialNumber AAA, BBB)
    $sticks.SerialNumber | Sort-Object | Should -Be 'AAA', 'BBB'
    $sticks.IsAmbiguous | Should -Be $true, $true
    (Get-UsbDevice -SerialNumber BBB).Port | Should -Be '2'
    foreach ($stick in $sticks) { "/sys/class/block/$($stick.BlockDevices[0].Substring(5))" | Should -Exist }
    $sticks[0].BlockDevices[0] | Should -Not -Be $sticks[1].BlockDevices[0]
}

Check 'Get-UsbDevice: the keyboard is below the hub, and the only one' {
    $keyboard = Get-UsbDevice -Port 3.1
    $hub = Get-UsbDevice -Port 3 -IncludeHub | Where-Object IsHub
    $keyboard.ParentBusId | Should -Be $hub.BusId
    $hub.Children | Should -Be $keyboard.BusId
    $keyboard.IsOnlyKeyboard | Should -BeTrue
    [IO.FileInfo]::new($keyboard.InputDevices[0]).Exists | Should -BeTrue
    (Get-UsbDevice -Tree).BusId | Should -Contain $hub.BusId
}

Check 'Watch-UsbDevice: tells that a stick is unplugged and plugged in again' {
    $told = Watch-StickReplug 2
    $told.Action | Should -Be 'Remove', 'Add'
    $told.Device.SerialNumber | Should -Be 'BBB', 'BBB'
    & udevadm settle
}

Check 'Get-UsbDevice: says of a device that is not authorised that it is not' {
    $stick = Get-UsbDevice -SerialNumber AAA
    $stick.IsAuthorized | Should -BeTrue
    try {
        [IO.File]::WriteAllText("$($stick.SysfsPath)/authorized", '0')
        $refused = Get-UsbDevice -Port $stick.BusId
        $refused.IsAuthorized | Should -BeFalse
        $refused.Interfaces.Count | Should -Be 0
    }
    finally {
        [IO.File]::WriteAllText("$($stick.SysfsPath)/authorized", '1')
        Wait-Until { (Get-UsbDevice -SerialNumber AAA).BlockDevices }
        & udevadm settle
    }
}

Check 'Get-UsbDevice: a device of many functions and odd texts is read as lsusb reads it, and its texts are harmless' {
    New-Gadget odd 0104 @{ manufacturer = "Od`e[31md`tMaker"; product = 'Everything at once ' + ('x' * 60); serialnumber = 'ZZZ' } 'acm.a', 'ecm.b', 'hid.c', 'midi.d'
    $odd = Get-UsbDevice -VendorId 1d6b -ProductId 0104 -Detailed
    $odd.Manufacturer | Should -Match '^Od.*Maker$'
    $odd.Manufacturer.ToCharArray() | Where-Object { [char]::IsControl($_) } | Should -BeNullOrEmpty
    $odd.Descriptors.Problems | Should -BeNullOrEmpty
    $odd.Configurations[0].MaxPowerMilliamperes | Should -Be 498
    $odd.NetworkInterfaces.Count | Should -Be 1
    Assert-SameLines @(Get-UsbField $odd) @(Get-LsusbField '-d', '1d6b:0104')
}

Check 'Watch-UsbDevice: tells of a device that comes back with another product id, in the same port' {
    $told = Watch-UsbDevice -VendorId 1d6b -Timeout 60 -Verbose 4>&1 | ForEach-Object {
        if ($_ -is [Management.Automation.VerboseRecord]) {
            if ("$_" -match 'netlink') {
                Disconnect-Gadget odd
                Connect-Gadget odd 0105
            }
        }
        else { $_ }
    } | Select-Object -First 2
    $told.Action | Should -Be 'Remove', 'Add'
    $told.Device.ProductId | Should -Be '0104', '0105'
    $told[0].Device.BusId | Should -Be $told[1].Device.BusId
    Disconnect-Gadget odd
}

Check 'Reset-UsbDevice: resets a stick and waits until it is back' {
    $before = @(& dmesg | Where-Object { $_ -match 'reset \S+ USB device' }).Count
    $back = Get-UsbDevice -SerialNumber AAA | Reset-UsbDevice -PassThru -Confirm:$false
    $back.SerialNumber | Should -Be 'AAA'
    @(& dmesg | Where-Object { $_ -match 'reset \S+ USB device' }).Count | Should -Be ($before + 1)
}
