# USB devices made of words: dummy_hcd is a controller whose devices are described in configfs.

$gadgets = '/sys/kernel/config/usb_gadget'

# Describes a device and plugs it in. A text may be anything that a device could say.
function New-Gadget([string] $Name, [string] $ProductId, [hashtable] $Texts, [string[]] $Functions) {
    & modprobe -a dummy_hcd libcomposite @($Functions | ForEach-Object { "usb_f_$($_ -replace '\..*')" })
    if ($LASTEXITCODE -ne 0) { Skip 'this kernel has no dummy_hcd or gadget functions' }
    if (-not [IO.Directory]::Exists($gadgets)) { & mount -t configfs configfs /sys/kernel/config }
    $folder = "$gadgets/$Name"
    foreach ($each in '', 'strings/0x409', 'configs/c.1', 'configs/c.1/strings/0x409') { $null = [IO.Directory]::CreateDirectory("$folder/$each") }
    Set-GadgetValue $Name idVendor 0x1d6b
    Set-GadgetValue $Name idProduct "0x$ProductId"
    Set-GadgetValue $Name bcdDevice 0x9999
    Set-GadgetValue $Name configs/c.1/MaxPower 498
    Set-GadgetValue $Name configs/c.1/bmAttributes 0xe0
    foreach ($text in $Texts.Keys) { Set-GadgetValue $Name "strings/0x409/$text" $Texts[$text] }
    foreach ($function in $Functions) {
        $null = [IO.Directory]::CreateDirectory("$folder/functions/$function")
        if ($function -like 'hid.*') {
            # A vendor's own page, one byte in: Device Class Definition for HID 1.11, appendix E.
            [IO.File]::WriteAllBytes("$folder/functions/$function/report_desc", [byte[]] (0x06, 0x00, 0xff, 0x09, 0x01, 0xa1, 0x01, 0x09, 0x02, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x08, 0x81, 0x02, 0xc0))
            Set-GadgetValue $Name "functions/$function/report_length" 8
        }
        $null = [IO.File]::CreateSymbolicLink("$folder/configs/c.1/$function", "$folder/functions/$function")
    }
    Connect-Gadget $Name
}

function Set-GadgetValue([string] $Name, [string] $Attribute, [string] $Value) { [IO.File]::WriteAllText("$gadgets/$Name/$Attribute", $Value) }

# Plugs it in, with another product id where one is given, and waits for its drivers.
function Connect-Gadget([string] $Name, [string] $ProductId) {
    if ($ProductId) { Set-GadgetValue $Name idProduct "0x$ProductId" }
    Set-GadgetValue $Name UDC dummy_udc.0
    $wanted = [IO.File]::ReadAllText("$gadgets/$Name/idProduct").Trim().Substring(2)
    Wait-Until { Get-UsbDevice -VendorId 1d6b -ProductId $wanted | Where-Object { $_.Interfaces.Count } }
    & udevadm settle
}

function Disconnect-Gadget([string] $Name) { Set-GadgetValue $Name UDC "`n" }
