BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession
    $savedRoot = $env:QEMUPS_ROOT
    $hosts = "$RepositoryRoot/tests/fixtures/hosts"
}

AfterAll {
    $env:QEMUPS_ROOT = $savedRoot
    Exit-TestSession
}

Describe 'The PCI devices of a laptop' {
    BeforeAll { $env:QEMUPS_ROOT = "$hosts/laptop" }

    It 'come in the order of their addresses, bridges included' {
        $devices = Get-PciDevice

        $devices.Count | Should -Be 29
        $devices[0].Address | Should -Be '0000:00:00.0'
        $devices[-1].Address | Should -Be '0000:04:00.0'
    }

    It 'tell what they are, who drives them and in which group they are' {
        $gpu = Get-PciDevice 01:00.0

        $gpu.Address | Should -Be '0000:01:00.0'
        $gpu.Name | Should -Be 'GA107M [GeForce RTX 3050 Ti Mobile]'
        $gpu.Vendor | Should -Be 'NVIDIA Corporation'
        $gpu.Class | Should -Be 'Display'
        $gpu.SubsystemId | Should -Be '17aa:22e7'
        $gpu.Driver | Should -Be 'nouveau'
        $gpu.IommuGroup | Should -Be 2
        $gpu.ParentAddress | Should -Be '0000:00:01.0'
    }

    It 'are found by class, vendor, driver, name and part of an address' {
        (Get-PciDevice -Class Display).Slot | Should -Be '0000:00:02.0', '0000:01:00.0'
        (Get-PciDevice -VendorId 0x10DE).DeviceId | Should -Be '25a0', '2291'
        (Get-PciDevice -Driver xhci*).Count | Should -Be 2
        (Get-PciDevice -Name '*GeForce*').Address | Should -Be '0000:01:00.0'
        (Get-PciDevice -Name 'NVIDIA*').Slot | Should -Contain '0000:01:00.0'
        (Get-PciDevice 01:*).Count | Should -Be 2
        (Get-PciDevice -Driver '' -Class Memory).Address | Should -Be '0000:00:14.2'
    }

    # An array has a method of the name Address, which hides what its elements have; hence the second name.
    It 'have their address by lspci''s name as well, for arrays of them' {
        (Get-PciDevice -Class Display)[0].Slot | Should -Be (Get-PciDevice 00:02.0).Address
    }

    It 'tell what the host uses them for' {
        (Get-PciDevice 02:00.0).HostUse.Kind | Should -Be 'Disk'
        (Get-PciDevice 02:00.0).HostUse.Detail | Should -Match '/'
        (Get-PciDevice 00:02.0).HostUse.Kind | Should -Be 'BootDisplay'
        (Get-PciDevice 01:00.0).HostUse | Should -BeNullOrEmpty
    }

    It 'are shown without those that cannot be given away' {
        $addresses = (Get-PciDevice -Passthroughable).Slot

        $addresses | Should -Contain '0000:01:00.0'
        $addresses | Should -Not -Contain '0000:02:00.0'
        $addresses | Should -Not -Contain '0000:00:14.2'
        $addresses | Should -Not -Contain '0000:00:01.0'
    }

    It 'take groups from the pipeline, and groups take devices' {
        (Get-IommuGroup 2 | Get-PciDevice -Class Audio).Address | Should -Be '0000:01:00.1'
        (Get-PciDevice 01:00.0 | Get-IommuGroup).Id | Should -Be 2
        ('01:00.1', '00:02.0' | Get-PciDevice | ForEach-Object Address) | Should -Be '0000:01:00.1', '0000:00:02.0'
    }

    It 'says that there is no such device, and what an address looks like' {
        Get-FailureId { Get-PciDevice 09:00.0 } | Should -Be 'PciDeviceNotFound'
        (Get-Failure { Get-PciDevice gpu }).Exception.Message | Should -Match '0000:01:00.0'
        (Get-Failure { Get-PciDevice gpu }).ErrorDetails.RecommendedAction | Should -Match "-Name '\*gpu\*'"
    }

    It 'fit into 100 columns' {
        $lines = (Get-PciDevice | Out-String -Width 100) -split "`n"

        ($lines | Where-Object { $_ -match '0000:02:00.0' }) | Should -Match 'Storage .*nvme .* 17 Disk'
        @($lines | Where-Object { $_.TrimEnd().Length -gt 100 }).Count | Should -Be 0
    }

    It 'are a tree below their bridges' {
        $lines = (Get-PciDevice -Class Audio -Tree | Out-String -Width 100) -split "`n"

        $lines[2 + [array]::IndexOf($lines, ($lines -match '^Device')[0])] | Should -Match '^0000:00:01.0 .* pcieport +2'
        $lines[3 + [array]::IndexOf($lines, ($lines -match '^Device')[0])] | Should -Match '^  0000:01:00.1 .* snd_hda_intel +2'
    }
}

Describe 'IOMMU groups in detail' {
    BeforeAll { $env:QEMUPS_ROOT = "$hosts/laptop" }

    It 'are isolated where one device is in them, whatever bridge is above it' {
        (Get-IommuGroup 2).IsIsolated | Should -BeTrue
        (Get-IommuGroup 9).IsIsolated | Should -BeTrue
        (Get-IommuGroup 2).IsViable | Should -BeFalse
        (Get-IommuGroup 2).BlockingDevices.Address | Should -Be '0000:01:00.0', '0000:01:00.1'
        (Get-IommuGroup -Isolated).Count | Should -Be 20
    }

    It 'give the reason when they are asked for it' {
        (Get-IommuGroup 2).Reason | Should -BeNullOrEmpty
        (Get-IommuGroup 2 -Detailed).Reason | Should -Match '0000:00:01.0 .*0000:01:00.0 has the driver nouveau'
        Get-IommuGroup 2 -Detailed | Out-String -Width 100 | Should -Match '-> 0000:00:01.0'
    }

    It 'of a server show a group of two devices as not isolated' {
        $env:QEMUPS_ROOT = "$hosts/server-amd"

        (Get-IommuGroup 25).Devices.Count | Should -Be 2
        (Get-IommuGroup 25 -Detailed).Reason | Should -Not -BeNullOrEmpty
    }
}

Describe 'Objects that have been through a file, a job or another session' {
    BeforeAll {
        $env:QEMUPS_ROOT = "$hosts/laptop"
        function Get-Stored($Object) { [Management.Automation.PSSerializer]::Deserialize([Management.Automation.PSSerializer]::Serialize($Object, 3)) }
    }

    It 'stand for what is there now' {
        (Get-Stored (Get-IommuGroup 2) | Get-PciDevice -Class Display).Driver | Should -Be 'nouveau'
        (Get-Stored (Get-PciDevice 01:00.0) | Get-IommuGroup).Id | Should -Be 2
        Get-FailureId { Get-Stored (Get-PciDevice 01:00.0) | Set-PciDriver -Driver vfio-pci -WarningAction SilentlyContinue } | Should -Be 'RecordedHost'
        Get-FailureId { Get-Stored (Get-IommuGroup 2) | Set-PciDriver -Driver vfio-pci -WarningAction SilentlyContinue } | Should -Be 'RecordedHost'
        Get-Stored (Get-PciDevice 01:00.0) | Get-VmPciPassthrough -ErrorAction Stop | Should -BeNullOrEmpty
    }
}

Describe 'The PCI devices of this host' {
    It 'are those in sysfs' {
        $env:QEMUPS_ROOT = $null
        $there = if ([IO.Directory]::Exists('/sys/bus/pci/devices')) { [IO.Directory]::GetFileSystemEntries('/sys/bus/pci/devices') | ForEach-Object { [IO.Path]::GetFileName($_) } | Sort-Object } else { @() }

        @(Get-PciDevice -ErrorAction Stop | ForEach-Object Address | Sort-Object) -join ' ' | Should -Be (@($there) -join ' ')
    }
}
