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

Describe 'A host with an IOMMU' {
    BeforeAll { $env:QEMUPS_ROOT = "$hosts/laptop" }

    It 'has it enabled' {
        Test-IommuEnabled | Should -BeTrue
        Test-IommuEnabled | Should -BeOfType ([bool])
    }

    It 'shows its 20 groups in the order of their numbers' {
        (Get-IommuGroup).Id | Should -Be (0..19)
    }

    It 'shows the devices of a group with what is known about them' {
        $devices = (Get-IommuGroup 2).Devices

        $devices.Address | Should -Be '0000:00:01.0', '0000:01:00.0', '0000:01:00.1'
        $devices.Driver | Should -Be 'pcieport', 'nouveau', 'snd_hda_intel'
        $devices[0].IsBridge | Should -BeTrue
        $devices[1].VendorId | Should -Be '10de'
        $devices.IommuGroup | Should -Be 2, 2, 2
    }

    It 'finds groups by number, also from the pipeline' {
        (3, 5 | Get-IommuGroup).Id | Should -Be 3, 5
    }

    It 'says that there is no such group' {
        (Get-Failure { Get-IommuGroup 99 }).Exception.Message | Should -Match '99'
    }

    It 'passes every check, with what was found' {
        $checks = Test-IommuEnabled -Detailed

        $checks.Count | Should -BeGreaterThan 6
        $checks.Category | Should -Not -Contain 'Kvm'
        $checks.Result | Sort-Object -Unique | Should -Be 'Pass'
        ($checks | Where-Object Name -eq 'Firmware tables').Detail | Should -Match 'DMAR'
        ($checks | Where-Object Name -eq 'IOMMU groups').Detail | Should -Match '20 groups'
        ($checks | Where-Object Name -eq 'Kernel messages').Detail | Should -Match 'DMAR: IOMMU enabled'
    }

    It 'shows the kernel''s messages as dmesg and grep do' {
        $detail = (Test-IommuEnabled -Detailed | Where-Object Name -eq 'Kernel messages').Detail
        $recorded = [IO.File]::ReadAllLines("$hosts/laptop/dev/kmsg") | Where-Object { $_ -match ';' -and ($_ -split ';', 2)[1] -match 'iommu' }

        @($detail -split "`n").Count | Should -Be @($recorded).Count
    }

    It 'prints groups with their devices' {
        Get-IommuGroup 2 | Out-String -Width 120 | Should -Match 'GeForce RTX 3050 Ti Mobile\] \(nouveau\)'
    }
}

Describe 'A host without an IOMMU' {
    BeforeAll { $env:QEMUPS_ROOT = "$hosts/bare" }

    It 'has it not enabled, without an error' {
        Test-IommuEnabled -ErrorAction Stop | Should -BeFalse
        Get-IommuGroup -ErrorAction Stop | Should -BeNullOrEmpty
    }

    It 'says why, and what to do' {
        $checks = Test-IommuEnabled -Detailed
        $groups = $checks | Where-Object Name -eq 'IOMMU groups'

        $groups.Result | Should -Be 'Fail'
        ($checks | Where-Object Result -eq 'Fail').Hint | Where-Object { -not $_ } | Should -BeNullOrEmpty
        ($checks | Where-Object FixCommand).FixCommand | Should -Match 'intel_iommu=on'
    }
}

Describe 'A virtual machine without an IOMMU' {
    BeforeAll { $env:QEMUPS_ROOT = "$hosts/virtual" }

    It 'says that its hypervisor has to give it one' {
        Test-IommuEnabled -ErrorAction Stop | Should -BeFalse
        (Test-IommuEnabled -Detailed | Where-Object Name -eq 'IOMMU groups').Hint | Should -Match 'hypervisor'
    }

    It 'shows the hint below what was found, also in 80 columns' {
        $text = Test-IommuEnabled -Detailed | Out-String -Width 80

        $text | Should -Match '-> '
        $text | Should -Match '(?m)^Fail '
    }
}

Describe 'An AMD server' {
    BeforeAll { $env:QEMUPS_ROOT = "$hosts/server-amd" }

    It 'has its groups' {
        Test-IommuEnabled | Should -BeTrue
        @(Get-IommuGroup).Count | Should -Be 29
        (Get-IommuGroup 25).Devices.Address | Should -Be '0000:01:00.0', '0000:02:00.0'
    }

    It 'says that amd_iommu=on means nothing, and how to remove it' {
        $line = Test-IommuEnabled -Detailed | Where-Object Name -eq 'Kernel command line'

        $line.Result | Should -Be 'Warning'
        $line.Detail | Should -Match 'amd_iommu=on means nothing'
        $line.FixCommand | Should -Match 'amd_iommu=on'
    }

    It 'has its units and the firmware''s table' {
        $checks = Test-IommuEnabled -Detailed

        ($checks | Where-Object Name -eq 'IOMMU units').Detail | Should -Match 'ivhd0.*ivhd3'
        ($checks | Where-Object Name -eq 'Firmware tables').Detail | Should -Match 'IVRS'
    }
}

Describe 'A group from the pipeline' {
    BeforeAll { $env:QEMUPS_ROOT = "$hosts/laptop" }

    It 'is the one a PCI device is in' {
        ((Get-IommuGroup 8).Devices | Select-Object -First 1 | Get-IommuGroup).Id | Should -Be 8
    }

    It 'is looked at again when a group is piped' {
        (Get-IommuGroup 3 | Get-IommuGroup).Id | Should -Be 3
    }
}

Describe 'This host' {
    It 'answers without an error, and as its groups say' {
        $env:QEMUPS_ROOT = $null
        $groups = if ([IO.Directory]::Exists('/sys/kernel/iommu_groups')) { @([IO.Directory]::GetDirectories('/sys/kernel/iommu_groups')).Count } else { 0 }

        Test-IommuEnabled -ErrorAction Stop | Should -Be ($groups -gt 0)
        @(Get-IommuGroup -ErrorAction Stop).Count | Should -Be $groups
        (Test-IommuEnabled -Detailed -ErrorAction Stop).Count | Should -BeGreaterThan 6
    }
}
