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
        Get-IommuGroup 2 | Out-String | Should -Match 'GeForce RTX 3050 Ti Mobile\] \(nouveau\)'
    }
}

Describe 'A host whose IOMMU is off' {
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

    It 'has it not enabled, without an error' {
        Test-IommuEnabled -ErrorAction Stop | Should -BeFalse
        Get-IommuGroup -ErrorAction Stop | Should -BeNullOrEmpty
    }
}

Describe 'A server with AMD''s IOMMU' {
    BeforeAll { $env:QEMUPS_ROOT = "$hosts/server-amd" }

    It 'has it enabled, and knows that amd_iommu=on means nothing' {
        $checks = Test-IommuEnabled -Detailed

        Test-IommuEnabled | Should -BeTrue
        ($checks | Where-Object Name -eq 'Firmware tables').Detail | Should -Match 'IVRS'
        ($checks | Where-Object Name -eq 'Kernel command line').Detail | Should -Match 'amd_iommu=on'
        ($checks | Where-Object Name -eq 'Kernel command line').Result | Should -Be 'Warning'
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
