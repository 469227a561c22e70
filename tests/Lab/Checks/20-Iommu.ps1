# Reading the IOMMU: groups against sysfs, and whether it is on against the kernel's log.

Check 'Get-IommuGroup: groups and devices are those of sysfs' -On intel, amd {
    $theirs = foreach ($group in [IO.Directory]::GetDirectories('/sys/kernel/iommu_groups')) {
        foreach ($device in [IO.Directory]::GetFileSystemEntries("$group/devices")) { "$([IO.Path]::GetFileName($group)) $([IO.Path]::GetFileName($device)) $([IO.File]::ReadAllText("$group/type").Trim())" }
    }
    $ours = foreach ($group in Get-IommuGroup) { foreach ($device in $group.Devices) { "$($group.Id) $($device.Address) $($group.Type)" } }
    Assert-SameLines @($ours) @($theirs)
}

Check 'Test-IommuEnabled: says yes where the kernel found an IOMMU' -On intel, amd {
    (& dmesg) -match 'DMAR: Intel|AMD-Vi: ' | Should -Not -BeNullOrEmpty
    Test-IommuEnabled | Should -BeTrue
}

Check 'Test-IommuEnabled: says no where there is none, and there are no groups' -On none {
    Test-IommuEnabled -WarningAction SilentlyContinue | Should -BeFalse
    Get-IommuGroup -WarningAction SilentlyContinue | Should -BeNullOrEmpty
}
