# Giving USB devices to a machine inside of this one: QEMU's word and the kernel's. The IOMMU has no part in it: one machine will do.

# A machine that is on, without anything to boot from.
function New-InnerVm([string] $Name) {
    $null = New-QemuVm -Name $Name -Accelerator Tcg -MemoryStartupBytes 32MB -NoDisk
}

function Get-InnerState([string] $Name) { (Get-VmUsbPassthrough $Name).State }

Check 'Add-VmUsbPassthrough: by serial number the stick goes to the machine, and the host has lost its disk' -On none {
    New-InnerVm serial
    $stick = Get-UsbDevice -SerialNumber BBB
    $stick.BlockDevices | Should -Not -BeNullOrEmpty
    (Get-UsbDevice -SerialNumber BBB | Add-VmUsbPassthrough -VmName serial -PassThru).IdentifyBy | Should -Be 'Serial'
    Start-QemuVm serial
    Wait-Until { (Get-InnerState serial) -eq 'Attached' }
    $given = Get-UsbDevice -SerialNumber BBB
    $given.BlockDevices | Should -BeNullOrEmpty
    $given.Drivers | Should -Not -Contain 'usb-storage'
    $given.AssignedVm | Should -Be 'serial'
    (Get-UsbDevice -SerialNumber AAA).BlockDevices | Should -Not -BeNullOrEmpty
}

Check 'Get-VmUsbPassthrough: a stick that is unplugged while a machine has it is stale, and its twin is left alone' -On none {
    $null = Invoke-Outside device_del @{ id = 'usb-b' }
    $null = Wait-OutsideEvent DEVICE_DELETED
    Wait-Until { (Get-InnerState serial) -eq 'Stale' }
    (Get-UsbDevice -SerialNumber AAA).Drivers | Should -Be 'usb-storage'
}

Check 'Watch-UsbDevice | Add-VmUsbPassthrough: the stick is attached again when it comes back in another port' -On none {
    Watch-UsbDevice -VendorId 46f4 -ProductId 0001 -Timeout 60 -Verbose 4>&1 | ForEach-Object {
        if ($_ -is [Management.Automation.VerboseRecord]) {
            if ("$_" -match 'netlink') { $null = Invoke-Outside device_add @{ driver = 'usb-storage'; id = 'usb-b'; bus = 'xhci.0'; port = '8'; drive = 'stick-b'; serial = 'BBB' } }
        }
        else { $_ }
    } | Select-Object -First 1 | Add-VmUsbPassthrough serial
    Wait-Until { (Get-InnerState serial) -eq 'Attached' }
    (Get-VmUsbPassthrough serial).Device.Port | Should -Be '8'
}

Check 'Remove-VmUsbPassthrough: gives the disk back to the host' -On none {
    Get-VmUsbPassthrough serial | Remove-VmUsbPassthrough
    Wait-Until { (Get-UsbDevice -SerialNumber BBB).BlockDevices }
    Get-VmUsbPassthrough serial | Should -BeNullOrEmpty
    Stop-QemuVm serial -TurnOff
}

Check 'Add-VmUsbPassthrough: by port, to a machine that runs' -On none {
    New-InnerVm port
    Start-QemuVm port
    $tablet = Get-UsbDevice -BusNumber (Get-UsbDevice -Name *EHCI* -IncludeHub).BusNumber
    $tablet | Add-VmUsbPassthrough port -IdentifyBy Port -Force -WarningAction SilentlyContinue
    Wait-Until { (Get-InnerState port) -eq 'Attached' }
    Stop-QemuVm port -TurnOff
    Wait-Until { (Get-UsbDevice -Port $tablet.BusId).Drivers -contains 'usbhid' }
}

Check 'Add-VmUsbPassthrough: by vendor and product, pending until the device is plugged in' -On none {
    New-InnerVm kind
    Start-QemuVm kind
    Add-VmUsbPassthrough kind -Device 1d6b:0106
    Get-InnerState kind | Should -Be 'Pending'
    Connect-Gadget odd 0106
    Wait-Until { (Get-InnerState kind) -eq 'Attached' }
    Disconnect-Gadget odd
    Wait-Until { (Get-InnerState kind) -eq 'Pending' }
    Stop-QemuVm kind -TurnOff
}

Check 'Add-VmUsbPassthrough -UseFileDescriptor: a machine takes a device that is opened for it' -On none {
    New-InnerVm open
    Start-QemuVm open
    Get-UsbDevice -SerialNumber AAA | Add-VmUsbPassthrough open -Live -UseFileDescriptor
    Wait-Until { (Get-InnerState open) -eq 'Attached' }
    (Get-UsbDevice -SerialNumber AAA).BlockDevices | Should -BeNullOrEmpty
    Stop-QemuVm open -TurnOff
    Wait-Until { (Get-UsbDevice -SerialNumber AAA).BlockDevices }
}
