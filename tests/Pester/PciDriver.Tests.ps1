BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession
    $savedRoot = $env:QEMUPS_ROOT
    $env:QEMUPS_ROOT = "$RepositoryRoot/tests/fixtures/hosts/laptop"

    # What -WhatIf says is written to the host, not to a stream: another shell's output has it.
    function Get-WhatIf([string] $Command) {
        $shell = Start-AnotherShell "Import-Module '$((Get-Module QemuPS).Path)'; $Command"
        $text = $shell.StandardOutput.ReadToEnd()
        $shell.WaitForExit()
        $text
    }
}

AfterAll {
    $env:QEMUPS_ROOT = $savedRoot
    Exit-TestSession
}

Describe 'Set-PciDriver' {
    It 'shows with -WhatIf the writes by address that it would do' {
        $text = Get-WhatIf 'Set-PciDriver 01:00.0 vfio-pci -WhatIf'

        $text | Should -Match 'echo vfio-pci > /sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/driver_override'
        $text | Should -Match 'echo 0000:01:00.0 > /sys/bus/pci/drivers/nouveau/unbind'
        $text | Should -Match 'echo 0000:01:00.0 > /sys/bus/pci/drivers_probe'
        $text | Should -Not -Match '0000:01:00.1'
    }

    It 'takes the whole group, bridges left out' {
        $text = Get-WhatIf 'Get-PciDevice 01:00.0 | Set-PciDriver -Driver vfio-pci -WholeGroup -Persist -WhatIf'

        $text | Should -Match '0000:01:00.1/driver_override'
        $text | Should -Not -Match '0000:00:01.0/driver_override'
        $text | Should -Match 'Keep vfio-pci for 0000:01:00.1 in /etc/udev/rules.d/70-qemups-pci-0000-01-00.1.rules'
    }

    It 'takes a group from the pipeline' {
        Get-WhatIf 'Get-IommuGroup 2 | Set-PciDriver -Driver vfio-pci -WhatIf' | Should -Match '(?s)0000:01:00.0/driver_override.*0000:01:00.1/driver_override'
    }

    It 'warns of a device that cannot be reset' {
        Set-PciDriver 01:00.0 vfio-pci -WhatIf -WarningVariable said -WarningAction SilentlyContinue
        "$said" | Should -Match 'no way to be reset'
    }

    It 'refuses the display the host started with and a mounted disk, with the reason' {
        $display = Get-Failure { Set-PciDriver 00:02.0 vfio-pci }
        $disk = Get-Failure { Get-PciDevice 02:00.0 | Set-PciDriver -Driver vfio-pci }

        ($display.FullyQualifiedErrorId -split ',')[0] | Should -Be 'PciDeviceInUse'
        $display.Exception.Message | Should -Match 'boot display'
        $disk.Exception.Message | Should -Match 'a disk in use: /'
        $disk.ErrorDetails.RecommendedAction | Should -Match '-Force'
        $disk.CategoryInfo.Category | Should -Be 'ResourceBusy'
    }

    It 'refuses a bridge even when it is forced' {
        Get-FailureId { Set-PciDriver 00:01.0 vfio-pci -Force } | Should -Be 'PciDeviceIsBridge'
    }

    It 'goes on with the other devices when one is refused' {
        $errors = @()
        Get-PciDevice 00:02.0, 03:00.0 | Set-PciDriver -Driver vfio-pci -ErrorAction SilentlyContinue -ErrorVariable errors -WarningAction SilentlyContinue

        $errors.Count | Should -Be 2
        ($errors[0].FullyQualifiedErrorId -split ',')[0] | Should -Be 'PciDeviceInUse'
        ($errors[1].FullyQualifiedErrorId -split ',')[0] | Should -Be 'RecordedHost'
    }

    It 'does not write to a recorded host' {
        Get-FailureId { Set-PciDriver 01:00.0 vfio-pci -WarningAction SilentlyContinue } | Should -Be 'RecordedHost'
        (Get-PciDevice 01:00.0).Driver | Should -Be 'nouveau'
    }

    It 'takes a device that has been through a file, if the same one is still there' {
        $stored = Get-PciDevice 01:00.0 | Select-Object Address, VendorId, DeviceId
        $other = Get-PciDevice 01:00.0 | Select-Object @{ Name = 'Address'; Expression = { '0000:03:00.0' } }, VendorId, DeviceId

        Get-FailureId { $stored | Set-PciDriver -Driver vfio-pci -WarningAction SilentlyContinue } | Should -Be 'RecordedHost'
        (Get-Failure { $other | Set-PciDriver -Driver vfio-pci }).Exception.Message | Should -Match 'another device'
    }

    It 'says that there is no such device' {
        (Get-Failure { Set-PciDriver 09:00.0 vfio-pci }).Exception.Message | Should -Match 'Get-PciDevice'
    }
}
