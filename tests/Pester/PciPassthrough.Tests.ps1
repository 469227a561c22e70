BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession
    $savedRoot = $env:QEMUPS_ROOT
    $root = "$TestFolder/host"
    & cp -a "$RepositoryRoot/tests/fixtures/hosts/laptop" $root
    $gpu = "$root/sys/devices/pci0000:00/0000:00:01.0/0000:01:00"

    function Set-HostDriver([string] $Function, [string] $Driver) {
        if ([IO.File]::Exists("$gpu.$Function/driver") -or [IO.Directory]::Exists("$gpu.$Function/driver")) { [IO.File]::Delete("$gpu.$Function/driver") }
        if ($Driver) { [IO.File]::CreateSymbolicLink("$gpu.$Function/driver", "/sys/bus/pci/drivers/$Driver") | Out-Null }
    }

    # The card as it is when it is ready for a machine.
    function Set-HostReady {
        foreach ($function in 0, 1) { Set-HostDriver $function 'vfio-pci' }
        [IO.Directory]::CreateDirectory("$root/dev/vfio") | Out-Null
        [IO.File]::WriteAllText("$root/dev/vfio/2", '')
    }

    $env:QEMUPS_ROOT = $root
    foreach ($name in 'dev', 'other') { New-QemuVm $name -MachineType q35 -Accelerator Tcg -MemoryStartupBytes 64MB }
}

AfterAll {
    $env:QEMUPS_ROOT = $savedRoot
    Exit-TestSession
}

Describe 'A PCI device for a machine' {
    BeforeEach {
        Get-VmPciPassthrough | Remove-VmPciPassthrough
        Set-HostReady
    }

    It 'is in the definition, and QEMU gets it behind a port of its own' {
        $added = Add-VmPciPassthrough dev 01:00.0 -PassThru

        $added.Id | Should -Be 'pci-01-00.0'
        $added.State | Should -Be 'Defined'
        $added.Persisted | Should -BeTrue
        $line = (ConvertTo-QemuCommandLine dev -Shell Array) -join "`n"
        $line | Should -Match '"driver":"vfio-pci","id":"pci-01-00.0","host":"0000:01:00.0","bus":"hostpci0"'
        (Get-QemuVm dev).PciPassthrough.DeviceId | Should -Be '10de:25a0'
        (Get-PciDevice 01:00.0).AssignedVm | Should -Be 'dev'
    }

    It 'comes with its whole group from the pipeline, the bridge left out' {
        Get-IommuGroup 2 | Add-VmPciPassthrough dev -PassThru | ForEach-Object Address | Should -Be '0000:01:00.0', '0000:01:00.1'
        (Get-VmPciPassthrough dev).Id | Should -Be 'pci-01-00.0', 'pci-01-00.1'
        ((ConvertTo-QemuCommandLine dev -Shell Array) -join "`n") | Should -Match '"bus":"hostpci0","addr":"0.1"'
    }

    It 'comes with its whole group when one of it is named' {
        Add-VmPciPassthrough dev -Device 01:00.1 -WholeGroup
        Get-VmPciPassthrough | ForEach-Object Address | Sort-Object | Should -Be '0000:01:00.0', '0000:01:00.1'
    }

    It 'is taken back by object, by id and by address' {
        Get-PciDevice 01:* | Add-VmPciPassthrough dev
        Remove-VmPciPassthrough dev pci-01-00.0
        Remove-VmPciPassthrough dev -Device 01:00.1

        Get-VmPciPassthrough | Should -BeNullOrEmpty
        Get-FailureId { Remove-VmPciPassthrough dev pci-01-00.0 } | Should -Be 'PciDeviceNotFound'
    }

    It 'is added once, and another machine that has it is warned of' {
        Add-VmPciPassthrough dev -Device 01:00.0
        Add-VmPciPassthrough other -Device 01:00.0 -WarningVariable said -WarningAction SilentlyContinue

        Get-FailureId { Add-VmPciPassthrough dev -Device 01:00.0 } | Should -Be 'PciDeviceAlreadyAdded'
        "$said" | Should -Match "'dev' has pci-01-00.0"
        (Get-PciDevice 01:00.0 | Get-VmPciPassthrough).VmName | Should -Be 'dev', 'other'
    }

    It 'may be the display the guest starts with' {
        Get-IommuGroup 2 | Add-VmPciPassthrough dev -PrimaryGpu

        $line = (ConvertTo-QemuCommandLine dev -Shell Array) -join "`n"
        $line | Should -Match '"x-vga":true'
        $line | Should -Match '(?s)-vga\s+none'
        Get-FailureId { Add-VmPciPassthrough other -Device 03:00.0 -PrimaryGpu } | Should -Be 'InvalidOption'
    }

    It 'is refused where the host uses it, and a bridge always' {
        Get-FailureId { Add-VmPciPassthrough dev -Device 02:00.0 } | Should -Be 'PciDeviceInUse'
        Get-FailureId { Add-VmPciPassthrough dev -Device 00:01.0 -Force } | Should -Be 'PciDeviceIsBridge'
    }

    It 'is not there, and that is said' {
        (Get-Failure { Add-VmPciPassthrough dev -Device 09:00.0 }).Exception.Message | Should -Match 'Get-PciDevice'
        (Get-Failure { Add-VmPciPassthrough dev -Device 01:00.0 -RomPath /none.rom }).Exception.Message | Should -Match '/none.rom'
    }
}

Describe 'A machine whose PCI device is not ready' {
    BeforeAll {
        Get-VmPciPassthrough | Remove-VmPciPassthrough
        Set-HostReady
        Add-VmPciPassthrough dev -Device 01:00.0
    }

    BeforeEach { Set-HostReady }

    It 'does not start while a sibling has a driver of the host, and says which' {
        Set-HostDriver 1 snd_hda_intel
        $failure = Get-Failure { Start-QemuVm dev }

        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'IommuGroupNotViable'
        $failure.Exception.Message | Should -Match '0000:01:00.1 .*\(snd_hda_intel\)'
        $failure.ErrorDetails.RecommendedAction | Should -Match 'Get-IommuGroup 2 \| Set-PciDriver'
        (Get-VmPciPassthrough dev).Reason | Should -Match 'not viable'
    }

    It 'does not start while the host drives the device' {
        Set-HostDriver 0 nouveau
        Get-FailureId { Start-QemuVm dev } | Should -Be 'PciDeviceNotBound'
    }

    It 'is warned of when it gets the device' {
        Set-HostDriver 0 nouveau
        Add-VmPciPassthrough other -Device 01:00.0 -WarningVariable said -WarningAction SilentlyContinue
        "$said" | Should -Match 'driver nouveau.*Set-PciDriver 0000:01:00.0 vfio-pci'
    }

    It 'does not start without the node of the group' {
        [IO.File]::Delete("$root/dev/vfio/2")
        Get-FailureId { Start-QemuVm dev } | Should -Be 'VfioAccessDenied'
    }

    # The recorded card is not in this host: QEMU itself says so, which shows that it was asked for it.
    It 'is started as soon as everything is ready' {
        $failure = Get-Failure { Start-QemuVm dev }

        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'VmStartFailed'
        $failure.Exception.Message | Should -Match '0000:01:00.0'
    }
}

Describe 'A machine that runs' {
    BeforeAll {
        Get-VmPciPassthrough | Remove-VmPciPassthrough
        Set-HostReady
        Start-QemuVm dev
    }

    AfterAll { Stop-QemuVm dev -TurnOff }

    It 'does not get a device that is not ready, and its definition stays as it is' {
        Set-HostDriver 1 snd_hda_intel
        Get-FailureId { Add-VmPciPassthrough dev -Device 01:00.0 } | Should -Be 'IommuGroupNotViable'
        Get-VmPciPassthrough dev | Should -BeNullOrEmpty
    }

    It 'says in QEMU''s words why it could not take a device, and its definition stays as it is' {
        Set-HostReady
        $failure = Get-Failure { Add-VmPciPassthrough dev -Device 01:00.0 }

        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'LiveChangeFailed'
        $failure.Exception.Message | Should -Match 'no such host device'
        Get-VmPciPassthrough dev | Should -BeNullOrEmpty
    }

    It 'gets a device with its next start where that is asked for' {
        $added = Add-VmPciPassthrough dev -Device 01:00.0 -Persist -PassThru

        $added.State | Should -Be 'Defined'
        (Get-VmPciPassthrough dev).Reason | Should -Match 'next|again'
        Remove-VmPciPassthrough dev pci-01-00.0 -Persist
    }

    It 'lets go of a device that it has not got' {
        Add-VmPciPassthrough dev -Device 01:00.0 -Persist
        $result = Get-VmPciPassthrough dev | Remove-VmPciPassthrough -PassThru

        $result.State | Should -Be 'Removed'
        Get-VmPciPassthrough dev | Should -BeNullOrEmpty
    }
}
