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
    FormatsToProcess       = @(
        'QemuPS.Format.ps1xml'
        'QemuPS.Disk.Format.ps1xml'
        'QemuPS.Host.Format.ps1xml'
        'QemuPS.Pci.Format.ps1xml'
        'QemuPS.State.Format.ps1xml'
        'QemuPS.Udev.Format.ps1xml'
        'QemuPS.Usb.Format.ps1xml'
    )
    TypesToProcess         = @('QemuPS.Types.ps1xml')
    FunctionsToExport      = @()
    VariablesToExport      = @()
    AliasesToExport        = @()
    CmdletsToExport        = @(
        'Add-VmUsbPassthrough'
        'Compare-QemuDisk'
        'Convert-QemuDisk'
        'ConvertTo-QemuCommandLine'
        'Enter-QemuVmConsole'
        'Get-IommuGroup'
        'Get-PciDevice'
        'Get-QemuDisk'
        'Get-QemuHost'
        'Get-QemuSnapshot'
        'Get-QemuVm'
        'Get-UdevRule'
        'Get-UsbDevice'
        'Get-VmUsbPassthrough'
        'Invoke-QmpCommand'
        'Measure-QemuDisk'
        'Measure-QemuVm'
        'Merge-QemuDisk'
        'New-QemuCloudInitDisk'
        'New-QemuDisk'
        'New-QemuSnapshot'
        'New-QemuVm'
        'New-UdevRule'
        'Optimize-QemuDisk'
        'Remove-QemuDisk'
        'Remove-QemuSnapshot'
        'Remove-QemuVm'
        'Remove-UdevRule'
        'Remove-VmUsbPassthrough'
        'Repair-QemuDisk'
        'Repair-QemuVm'
        'Reset-UsbDevice'
        'Resize-QemuDisk'
        'Restart-QemuVm'
        'Restore-QemuSnapshot'
        'Resume-QemuVm'
        'Save-QemuVmScreenshot'
        'Send-QemuVmKey'
        'Set-PciDriver'
        'Set-QemuDisk'
        'Start-QemuVm'
        'Stop-QemuVm'
        'Suspend-QemuVm'
        'Test-IommuEnabled'
        'Test-KvmEnabled'
        'Test-QemuDisk'
        'Test-QemuHost'
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
