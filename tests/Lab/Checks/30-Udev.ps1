# Writing udev rules, with the real udevd and an ordinary user. The IOMMU has no part in it: one machine will do.

Check 'New-UdevRule -Apply: an ordinary user could not open the stick and now can, and the twin still not' -On none {
    New-LabUser
    $stick, $twin = (Get-UsbDevice -SerialNumber AAA), (Get-UsbDevice -SerialNumber BBB)
    Test-UserOpens $stick.DevicePath | Should -BeFalse
    $rule = $stick | New-UdevRule -Apply -Group $user.Name
    $rule.Path | Should -Match '/70-qemups-46f4-0001-AAA\.rules$'
    Test-UserOpens $stick.DevicePath | Should -BeTrue
    Test-UserOpens $twin.DevicePath | Should -BeFalse
}

Check 'New-UdevRule: the access is there again when the stick was unplugged and plugged in elsewhere' -On none {
    $null = Invoke-Outside device_del @{ id = 'usb-a' }
    $null = Wait-OutsideEvent DEVICE_DELETED
    $null = Invoke-Outside device_add @{ driver = 'usb-storage'; id = 'usb-a'; bus = 'xhci.0'; port = '7'; drive = 'stick-a'; serial = 'AAA' }
    Wait-Until { (Get-UsbDevice -SerialNumber AAA).Port -eq '7' }
    & udevadm settle
    Test-UserOpens (Get-UsbDevice -SerialNumber AAA).DevicePath | Should -BeTrue
}

Check 'Get-UdevRule: finds the rule by the device, and udevadm agrees' -On none {
    $stick = Get-UsbDevice -SerialNumber AAA
    $rule = $stick | Get-UdevRule | Where-Object IsManaged
    $rule.IsMatch | Should -BeTrue
    $rule.Warning | Should -BeNullOrEmpty
    (& udevadm test $stick.SysfsPath 2>&1) -match [IO.Path]::GetFileName($rule.Path) | Should -Not -BeNullOrEmpty
}

Check 'Remove-UdevRule: takes the access back' -On none {
    $stick = Get-UsbDevice -SerialNumber AAA
    $stick | Get-UdevRule | Where-Object IsManaged | Remove-UdevRule -Confirm:$false
    Get-UdevRule | Where-Object IsManaged | Should -BeNullOrEmpty
    Test-UserOpens $stick.DevicePath | Should -BeFalse
}
