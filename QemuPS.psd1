@{
    RootModule             = 'QemuPS.dll'
    ModuleVersion          = '0.1.0'
    GUID                   = '5d0c6f0e-8f0a-4a57-9d1e-2f3f6c1b7a10'
    Author                 = 'The QemuPS contributors'
    CompanyName            = 'QemuPS'
    Copyright              = '(c) the QemuPS contributors. MIT licence.'
    Description            = 'QEMU disks, machines and the host''s USB, PCI and IOMMU devices as PowerShell objects that pipe into one another.'
    PowerShellVersion      = '7.4'
    CompatiblePSEditions   = @('Core')
    FormatsToProcess       = @('QemuPS.Format.ps1xml', 'QemuPS.Usb.Format.ps1xml', 'QemuPS.Udev.Format.ps1xml')
    TypesToProcess         = @('QemuPS.Types.ps1xml')
    FunctionsToExport      = @()
    VariablesToExport      = @()
    AliasesToExport        = @()
    CmdletsToExport        = @(
        'Add-VmUsbPassthrough'
        'ConvertTo-QemuCommandLine'
        'Get-IommuGroup'
        'Get-QemuDisk'
        'Get-QemuVm'
        'Get-UdevRule'
        'Get-UsbDevice'
        'Get-VmUsbPassthrough'
        'Invoke-QmpCommand'
        'New-QemuDisk'
        'New-QemuVm'
        'New-UdevRule'
        'Remove-QemuDisk'
        'Remove-QemuVm'
        'Remove-UdevRule'
        'Remove-VmUsbPassthrough'
        'Reset-UsbDevice'
        'Restart-QemuVm'
        'Resume-QemuVm'
        'Save-QemuVmScreenshot'
        'Start-QemuVm'
        'Stop-QemuVm'
        'Suspend-QemuVm'
        'Test-IommuEnabled'
        'Watch-QemuVm'
        'Watch-UsbDevice'
    )
    PrivateData            = @{
        PSData = @{
            Tags       = @('QEMU', 'KVM', 'VM', 'qcow2', 'QMP', 'USB', 'PCI', 'IOMMU', 'VFIO', 'Linux', 'PSEdition_Core')
            LicenseUri = 'https://opensource.org/license/mit'
        }
    }
}
