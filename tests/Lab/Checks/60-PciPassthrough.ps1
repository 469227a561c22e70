# What stands between a card and a machine, and the errors that say so.

function Get-Pair { Get-PciDevice -Class Network | Where-Object { $_.Driver -eq 'e1000' -or $_.DeviceId -eq '100e' } }

# The error that an action ends with.
function Get-Failure([scriptblock] $Action) {
    try { $null = & $Action } catch { return $_ }
    throw "It ended well: $Action"
}

Check 'Start-QemuVm: a group with a card that the host has is not viable, the error names it and its line mends it' -On intel {
    $card, $sibling = @(Get-Pair)
    $null = New-QemuVm half -MachineType q35 -Accelerator Tcg -MemoryStartupBytes 64MB -NoDisk
    try {
        $card | Set-PciDriver -Driver vfio-pci -WarningAction SilentlyContinue
        $card | Add-VmPciPassthrough half -WarningAction SilentlyContinue
        $failure = Get-Failure { Start-QemuVm half }
        $failure.FullyQualifiedErrorId | Should -BeLike 'IommuGroupNotViable,*'
        "$failure" | Should -Match "$([regex]::Escape($sibling.Address)).*\(e1000\)"
        "$failure" | Should -Not -Match "drivers of the host have.*$([regex]::Escape($card.Address))"
        (Get-PciDevice $sibling.Address).Driver | Should -Be 'e1000'

        # What it says to type, without sudo: we are root.
        $failure.ErrorDetails.RecommendedAction -match "-Command '(.*)'" | Should -BeTrue
        Invoke-Expression $Matches[1] -WarningAction SilentlyContinue
        Start-QemuVm half
        (Get-VmPciPassthrough half).State | Should -Be 'Attached'
    }
    finally {
        Stop-QemuVm half -TurnOff
        Get-PciDevice -Driver vfio-pci | Set-PciDriver -Default
    }
    Remove-QemuVm half -Confirm:$false
}

Check 'Get-IommuGroup | Add-VmPciPassthrough -BindDriver: all cards of a group go to a machine, and come back' -On intel {
    $null = New-QemuVm whole -MachineType q35 -Accelerator Tcg -MemoryStartupBytes 64MB -NoDisk
    $pair = @(Get-Pair)
    try {
        Get-PciDevice $pair[0].Address | Get-IommuGroup | Add-VmPciPassthrough whole -BindDriver -WarningAction SilentlyContinue
        Start-QemuVm whole
        # Not .Address of all at once: arrays have a method of that name.
        Get-VmPciPassthrough whole | ForEach-Object Address | Sort-Object | Should -Be ($pair | ForEach-Object Address | Sort-Object)
        (Get-VmPciPassthrough whole).State | Should -Be 'Attached', 'Attached'
        (Get-PciDevice $pair[1].Address).HostUse.Kind | Should -Be 'VfioClient'
    }
    finally {
        Stop-QemuVm whole -TurnOff
        Get-PciDevice -Driver vfio-pci | Set-PciDriver -Default
    }
    (Get-Pair).Driver | Should -Be 'e1000', 'e1000'
    Remove-QemuVm whole -Confirm:$false
}

# One session of the user for three promises: a start of the engine is what takes longest here.
Check 'Start-QemuVm as an ordinary user: refused without the node, starts with the rule, refused with too little memory to lock' -On intel {
    New-LabUser
    $nic = Get-PciDevice -Class Network | Where-Object ParentAddress -eq '0000:00:08.0'
    $pair = @(Get-Pair)
    try {
        $nic | Set-PciDriver -Driver vfio-pci -WarningAction SilentlyContinue
        $pair[0] | Set-PciDriver -Driver vfio-pci -WholeGroup -WarningAction SilentlyContinue
        $null = Get-PciDevice $pair[0].Address | New-UdevRule -Apply -Group $user.Name
        $said = Invoke-AsUser "$PSScriptRoot/../Inside/UserPci.ps1" $nic.Address $pair[0].Address | ConvertFrom-Json

        $said.denied.id | Should -BeLike 'VfioAccessDenied,*'
        $said.denied.message | Should -Match "/dev/vfio/$($nic.IommuGroup),"
        $said.denied.action | Should -Match "Get-PciDevice $($nic.Address) \| New-UdevRule -Apply"
        $said.state | Should -Be 'Attached'
        $said.limit.id | Should -BeLike 'MemoryLockLimit,*'
        $said.limit.message | Should -Match '8 MiB'
        # 64 MiB of the machine and 1 GiB besides, in KiB (limits.conf(5)).
        $said.limit.action | Should -Match "$($user.Name) hard memlock 1114112.*limits\.d/"
    }
    finally {
        Get-UdevRule | Where-Object IsManaged | Remove-UdevRule -Confirm:$false
        Get-PciDevice -Driver vfio-pci | Set-PciDriver -Default
    }
}
