BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession
    $savedRoot = $env:QEMUPS_ROOT
    $root = "$TestFolder/host"
    $intel, $nvidia = '/sys/devices/pci0000:00/0000:00:02.0', '/sys/devices/pci0000:41/0000:41:00'

    function Set-HostFile([string] $Path, [string] $Text) {
        [IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName("$root$Path")) | Out-Null
        [IO.File]::WriteAllText("$root$Path", "$Text`n")
    }

    function Set-HostLink([string] $Path, [string] $Target) {
        [IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName("$root$Path")) | Out-Null
        [IO.File]::CreateSymbolicLink("$root$Path", $Target) | Out-Null
    }

    # A processor's graphics with mediated devices, and a card with three virtual functions that take a vendor's type.
    function Add-HostDevice([string] $Folder, [string] $Vendor, [string] $Device) {
        foreach ($file in @{ vendor = $Vendor; device = $Device; class = '0x030000' }.GetEnumerator()) { Set-HostFile "$Folder/$($file.Key)" $file.Value }
        Set-HostLink "/sys/bus/pci/devices/$([IO.Path]::GetFileName($Folder))" $Folder
    }

    Add-HostDevice $intel '0x8086' '0x3e92'
    Set-HostLink '/sys/class/mdev_bus/0000:00:02.0' $intel
    foreach ($type in @{ 'i915-GVTg_V5_4' = 1; 'i915-GVTg_V5_8' = 0 }.GetEnumerator()) {
        Set-HostFile "$intel/mdev_supported_types/$($type.Key)/available_instances" $type.Value
        Set-HostFile "$intel/mdev_supported_types/$($type.Key)/device_api" 'vfio-pci'
    }
    Set-HostLink "$intel/11111111-2222-3333-4444-555555555555/mdev_type" '../mdev_supported_types/i915-GVTg_V5_8'
    Set-HostLink '/sys/bus/mdev/devices/11111111-2222-3333-4444-555555555555' "$intel/11111111-2222-3333-4444-555555555555"
    Set-HostFile '/etc/mdevctl.d/0000:00:02.0/21111111-2222-3333-4444-555555555555' '{ "mdev_type": "i915-GVTg_V5_4", "start": "auto" }'

    Add-HostDevice "$nvidia.0" '0x10de' '0x2331'
    Set-HostFile "$nvidia.0/sriov_totalvfs" 16
    Set-HostFile "$nvidia.0/sriov_numvfs" 3
    foreach ($number in 4..6) {
        Add-HostDevice "$nvidia.$number" '0x10de' '0x2331'
        Set-HostLink "$nvidia.$number/physfn" '../0000:41:00.0'
        Set-HostFile "$nvidia.$number/nvidia/creatable_vgpu_types" $(if ($number -eq 4) { 'ID    : vGPU Name' } else { "ID    : vGPU Name`n1414  : NVIDIA H200X-1-18C" })
        Set-HostFile "$nvidia.$number/nvidia/current_vgpu_type" $(if ($number -eq 4) { 1414 } else { 0 })
    }
    $env:QEMUPS_ROOT = $root
}

AfterAll {
    $env:QEMUPS_ROOT = $savedRoot
    Exit-TestSession
}

Describe 'Types of mediated devices' {
    It 'are shown with what is left, whatever way their driver offers them' {
        (Get-MdevType).Id | Should -Be 'i915-GVTg_V5_4', 'i915-GVTg_V5_8', '1414'
        (Get-MdevType).AvailableInstances | Should -Be 1, 0, 2
        (Get-MdevType 41:00.0).Framework | Should -Be 'VendorVfio'
        (Get-MdevType -Available).Count | Should -Be 2
    }

    It 'are found by name and by a device from the pipeline' {
        (Get-MdevType -Name '*H200X*').Id | Should -Be '1414'
        (Get-PciDevice 00:02.0 | Get-MdevType).Count | Should -Be 2
    }

    It 'fit into 100 columns' {
        Get-MdevType | Out-String -Width 100 | Should -Match '1414 +NVIDIA H200X-1-18C +2 VendorVfio'
    }
}

Describe 'Mediated devices' {
    It 'are shown active and defined, and virtual functions with a type' {
        $devices = Get-MdevDevice

        $devices.Count | Should -Be 3
        $devices.IsActive | Should -Be $true, $false, $true
        $devices[1].AutoStart | Should -BeTrue
        $devices[2].Uuid | Should -BeNullOrEmpty
        $devices[2].TypeName | Should -Be 'NVIDIA H200X-1-18C'
        (Get-MdevDevice -Defined).Uuid | Should -Be ([guid] '21111111-2222-3333-4444-555555555555')
    }

    It 'are found by UUID, type and parent' {
        (Get-MdevDevice 11111111-2222-3333-4444-555555555555).Type | Should -Be 'i915-GVTg_V5_8'
        @(Get-MdevType -Name i915-GVTg_V5_8 | Get-MdevDevice).Count | Should -Be 1
        @(Get-PciDevice 00:02.0 | Get-MdevDevice).Count | Should -Be 2
        Get-FailureId { Get-MdevDevice 31111111-2222-3333-4444-555555555555 } | Should -Be 'MdevDeviceNotFound'
    }

    It 'are not made on a recorded host, nor removed' {
        Get-FailureId { Get-MdevType -Name i915-GVTg_V5_4 | New-MdevDevice } | Should -Be 'RecordedHost'
        Get-FailureId { Get-MdevDevice 11111111-2222-3333-4444-555555555555 | Remove-MdevDevice } | Should -Be 'RecordedHost'
    }

    It 'are a table of one line each' {
        Get-MdevDevice | Out-String -Width 100 | Should -Match '(?m)^21111111-2222-3333-4444-555555555555 0000:00:02.0 i915-GVTg_V5_4 +no +auto'
    }
}

Describe 'Virtual functions' {
    It 'are counted, and more than there can be are refused' {
        (Get-PciDevice 41:00.0).VirtualFunctionCount | Should -Be 3
        (Get-PciDevice 41:00.4).PhysicalFunction | Should -Be '0000:41:00.0'
        (Get-Failure { Set-PciDevice 41:00.0 -VirtualFunctionCount 17 }).Exception.Message | Should -Match '0 to 16'
        Get-FailureId { Set-PciDevice 00:02.0 -VirtualFunctionCount 1 } | Should -Be 'NotSupported'
        Get-FailureId { Get-PciDevice 41:00.0 | Set-PciDevice -VirtualFunctionCount 0 } | Should -Be 'RecordedHost'
    }

    It 'stay as they are where the number is right already' {
        (Set-PciDevice 41:00.0 -VirtualFunctionCount 3 -PassThru).VirtualFunctionCount | Should -Be 3
    }
}
