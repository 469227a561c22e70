# USB as lsusb tells it and as we tell it, in the same words.

# The fields that are compared, as lsusb -v calls them.
$usbFields = 'bcdUSB', 'bDeviceClass', 'bDeviceSubClass', 'bDeviceProtocol', 'bMaxPacketSize0', 'idVendor', 'idProduct', 'bcdDevice', 'iManufacturer', 'iProduct', 'iSerial',
    'bNumConfigurations', 'wTotalLength', 'bNumInterfaces', 'bConfigurationValue', 'iConfiguration', 'bmAttributes', 'MaxPower', 'bFirstInterface', 'bInterfaceCount',
    'bFunctionClass', 'bFunctionSubClass', 'bFunctionProtocol', 'bInterfaceNumber', 'bAlternateSetting', 'bNumEndpoints', 'bInterfaceClass', 'bInterfaceSubClass',
    'bInterfaceProtocol', 'bEndpointAddress', 'wMaxPacketSize', 'bInterval'

# lsusb -v as lines 'bus/device field=number', in its order. What it asks the device itself (the qualifier, the binary
# object store, the status) is not among the descriptors that the kernel keeps.
function Get-LsusbField([string[]] $Arguments = @()) {
    $place, $isKept = '', $true
    foreach ($line in & lsusb -v @Arguments 2>$null) {
        if ($line -match '^Bus (\d+) Device (\d+):') { $place, $isKept = "$($Matches[1])/$($Matches[2])", $true }
        elseif ($line -match '^[A-Z]') { $isKept = $line.StartsWith('Device Descriptor:') }
        elseif ($isKept -and $line -match '^\s+(\w+)\s+(0x[0-9a-f]+|[\d.]+)(mA)?' -and $usbFields -ccontains $Matches[1]) {
            $value = if ($Matches[2].StartsWith('0x')) { [Convert]::ToInt64($Matches[2], 16) } else { $Matches[2] }
            "$place $($Matches[1])=$value"
        }
    }
}

# The same from a device with its descriptors.
function Get-UsbField($Device) {
    $descriptor = $Device.Descriptors.Device
    $lines = @(
        "bcdUSB=$($descriptor.UsbVersion)", "bDeviceClass=$([int] $descriptor.Class)", "bDeviceSubClass=$($descriptor.SubClass)", "bDeviceProtocol=$($descriptor.Protocol)"
        "bMaxPacketSize0=$($descriptor.MaxPacketSize0)", "idVendor=$([Convert]::ToInt32($descriptor.VendorId, 16))", "idProduct=$([Convert]::ToInt32($descriptor.ProductId, 16))"
        "bcdDevice=$($descriptor.DeviceVersion)", "iManufacturer=$($descriptor.ManufacturerIndex)", "iProduct=$($descriptor.ProductIndex)", "iSerial=$($descriptor.SerialNumberIndex)"
        "bNumConfigurations=$($descriptor.ConfigurationCount)"
        foreach ($configuration in $Device.Configurations) {
            "wTotalLength=$($configuration.TotalLength)", "bNumInterfaces=$($configuration.InterfaceCount)", "bConfigurationValue=$($configuration.Number)"
            "iConfiguration=$($configuration.NameIndex)", "bmAttributes=$($configuration.Attributes)", "MaxPower=$($configuration.MaxPowerMilliamperes)"
            foreach ($each in $configuration.Associations) {
                "bFirstInterface=$($each.FirstInterface)", "bInterfaceCount=$($each.InterfaceCount)", "bFunctionClass=$([int] $each.Class)"
                "bFunctionSubClass=$($each.SubClass)", "bFunctionProtocol=$($each.Protocol)"
            }
            foreach ($setting in $configuration.Interfaces) {
                "bInterfaceNumber=$($setting.Number)", "bAlternateSetting=$($setting.AlternateSetting)", "bNumEndpoints=$($setting.EndpointCount)"
                "bInterfaceClass=$([int] $setting.Class)", "bInterfaceSubClass=$($setting.SubClass)", "bInterfaceProtocol=$($setting.Protocol)"
                Get-ClassField $setting.ClassDescriptors
                foreach ($endpoint in $setting.Endpoints) {
                    "bEndpointAddress=$($endpoint.Address)", "bmAttributes=$($endpoint.Attributes)", "wMaxPacketSize=$($endpoint.RawMaxPacketSize)", "bInterval=$($endpoint.Interval)"
                    Get-ClassField $endpoint.ClassDescriptors
                }
            }
        }
    )
    $place = '{0:d3}/{1:d3}' -f $Device.BusNumber, $Device.DeviceNumber
    $lines | ForEach-Object { "$place $_" }
}

# Of a class's descriptors those fields that have such a name too. lsusb prints of the SuperSpeed companion (0x30) only how
# many packets it sends in a row.
function Get-ClassField($Descriptors) {
    foreach ($descriptor in $Descriptors | Where-Object Type -ne 0x30) { foreach ($field in $descriptor.Fields) { if ($usbFields -ccontains $field.Name) { "$($field.Name)=$($field.Text)" } } }
}

# Unplugs the stick BBB and plugs it into a port, and returns what Watch-UsbDevice told of it meanwhile.
function Watch-StickReplug([string] $Port) {
    Watch-UsbDevice -VendorId 46f4 -ProductId 0001 -Timeout 60 -Verbose 4>&1 | ForEach-Object {
        if ($_ -is [Management.Automation.VerboseRecord]) { if ("$_" -match 'netlink') { $null = Invoke-Outside device_del @{ id = 'usb-b' } } }
        else {
            if ("$($_.Action)" -eq 'Remove') {
                $null = Wait-OutsideEvent DEVICE_DELETED
                $null = Invoke-Outside device_add @{ driver = 'usb-storage'; id = 'usb-b'; bus = 'xhci.0'; port = $Port; drive = 'stick-b'; serial = 'BBB' }
            }
            $_
        }
    } | Select-Object -First 2
}
