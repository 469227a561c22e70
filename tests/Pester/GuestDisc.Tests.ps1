# Discs, and a disk that its guest does not give back: what a guest sees and does there. It has a kernel made for clouds,
# which has no driver for SATA, and no driver for hot plug (acpiphp.disable).
BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    . $PSScriptRoot/Support/Guest.ps1
    Enter-TestSession
    $guest = Get-TestGuest "$RepositoryRoot/out/cache/guest"

    # More than a sector of each, no line end at the end, and not only ASCII.
    $userData = "#!/bin/sh`n" + ("echo Grüße`n" * 1000) + 'exit 0'
    $metaData = "instance-id: mine`nlocal-hostname: discs`n"
    $networkConfig = "version: 2`n# " + ('x' * 3000)
    foreach ($name in 'system', 'stays') { $null = New-QemuDisk "$TestFolder/$name.qcow2" 8MB }
    $null = New-QemuVm discs -MachineType q35 -Accelerator Tcg -MemoryStartupBytes 256MB -Network None -DiskPath "$TestFolder/system.qcow2" `
        -CloudInit @{ UserData = $userData; MetaData = $metaData; NetworkConfig = $networkConfig } `
        -KernelPath $guest.Kernel -InitrdPath $guest.Initrd -KernelCommandLine 'console=ttyS0 quiet acpiphp.disable=1'
    Add-QemuVmDisk discs "$TestFolder/stays.qcow2" -Serial STAYS
    foreach ($name in 'next', 'other') { $null = New-QemuCloudInitDisk "$TestFolder/$name.iso" -UserData "#cloud-config`nhostname: $name`n" }

    # What is as it was when the guest starts again.
    function Initialize-Guest {
        $null = Wait-QemuVm discs -For GuestAgent -Timeout 90
        Import-GuestModule discs $DiscModules
        $null = Invoke-InGuest discs 'until [ -e /dev/sr0 ]; do usleep 10000; done; mkdir -p /seed'
    }

    function Get-Hash([byte[]] $Content) { [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData($Content)).ToLower() }

    Start-QemuVm discs
    Initialize-Guest
}

AfterAll { Exit-TestSession }

Describe 'A seed for cloud-init, in its guest' -Tag AnyEngine {
    It 'has the label that cloud-init looks for, on a drive that a kernel for clouds has a driver for' {
        # The volume identifier (ECMA-119, 8.4.7).
        Invoke-InGuest discs 'dd if=/dev/sr0 bs=1 skip=32808 count=6 2>/dev/null' | Should -Be 'cidata'
    }

    It 'is read as it was written, to the last byte' {
        $seen = Invoke-InGuest discs 'mount -t iso9660 -o ro /dev/sr0 /seed && cd /seed && sha256sum *; cd / && umount /seed'

        $expected = foreach ($file in @{ Name = 'meta-data'; Text = $metaData }, @{ Name = 'network-config'; Text = $networkConfig }, @{ Name = 'user-data'; Text = $userData }) {
            "$(Get-Hash ([Text.Encoding]::UTF8.GetBytes($file.Text)))  $($file.Name)"
        }
        $seen.TrimEnd() -split "`n" | Should -Be $expected
    }
}

Describe 'A disc that the guest has mounted' -Tag AnyEngine {
    BeforeAll { $null = Invoke-InGuest discs 'mount -t iso9660 -o ro /dev/sr0 /seed' }

    It 'is exchanged when the guest opens the tray that it is asked for' {
        # What udev and a desktop do: the kernel tells of the button, and the file system goes. The tray opens when nobody has the disc open any more.
        $null = Invoke-InGuest discs @'
printf '#!/bin/busybox sh\n[ "$DISK_EJECT_REQUEST" = 1 ] && umount /seed\n' >/sbin/on-event
chmod +x /sbin/on-event
uevent /sbin/on-event </dev/null >/dev/null 2>&1 &
until awk '$2 == 15 && $3 > 0' /proc/net/netlink | grep -q .; do usleep 10000; done
echo 1 >/proc/sys/dev/cdrom/autoeject
echo 100 >/sys/block/sr0/events_poll_msecs
'@
        $changed = Set-QemuVmDisk discs cd0 -MediaPath "$TestFolder/next.iso" -Timeout 30 -PassThru

        $changed.DiskPath | Should -Be "$TestFolder/next.iso"
        $changed.Medium | Should -Be 'Inserted'
        (Get-QemuVm discs).PendingChanges | Should -BeNullOrEmpty
        Invoke-InGuest discs 'killall uevent; echo 0 >/proc/sys/dev/cdrom/autoeject; until mount -t iso9660 -o ro /dev/sr0 /seed 2>/dev/null; do usleep 50000; done; cat /seed/user-data' | Should -Be "#cloud-config`nhostname: next`n"
    }

    It 'stays where it is, which is said, and asking twice changes nothing' {
        (Get-QemuVmDisk discs cd0).IsLocked | Should -BeTrue
        $failures = foreach ($action in { Set-QemuVmDisk discs cd0 -Eject -Timeout 1 }, { Set-QemuVmDisk discs cd0 -MediaPath "$TestFolder/other.iso" -Timeout 0 }, { Set-QemuVmDisk discs cd0 -MediaPath "$TestFolder/other.iso" -Timeout 0 }) { Get-Failure $action }

        $failures | ForEach-Object { ($_.FullyQualifiedErrorId -split ',')[0] } | Should -Be 'MediumLocked', 'MediumLocked', 'MediumLocked'
        "$($failures[0])" | Should -Match 'has not opened it within 1 s'
        $failures[0].ErrorDetails.RecommendedAction | Should -Match 'Set-QemuVmDisk discs cd0 -Eject -Force$'
        (Get-QemuVmDisk discs cd0).Medium | Should -Be 'Inserted'
        (Get-QemuVm discs).Disks[1].Path | Should -Match '/next.iso$'
        (Invoke-QmpCommand discs -Command query-named-block-nodes).file | Should -Not -Contain "$TestFolder/other.iso"
        Invoke-InGuest discs 'cat /seed/user-data' | Should -Be "#cloud-config`nhostname: next`n"
    }

    It 'is taken out with -Force, and the guest has none' {
        (Set-QemuVmDisk discs cd0 -Eject -Force -PassThru).Medium | Should -Be 'Empty'

        (Get-QemuVm discs).Disks[1].Path | Should -BeNullOrEmpty
        (Invoke-QmpCommand discs -Command query-named-block-nodes).file | Should -Not -Contain "$TestFolder/next.iso"
        Invoke-InGuest discs 'umount /seed; ! mount -t iso9660 -o ro /dev/sr0 /seed 2>&1' | Should -Match 'No medium'
    }
}

Describe 'A disk that the guest does not give back' -Tag AnyEngine {
    It 'is there still, for the guest and for who asks, and comes in no case at the next start' {
        (Remove-QemuVmDisk discs disk1 -Timeout 1).State | Should -Be 'PendingGuest'

        Invoke-InGuest discs 'cat /sys/block/vdb/serial' | Should -Match 'STAYS'
        (Get-QemuVmDisk discs disk1).Status | Should -Be 'PendingGuest'
        (Get-QemuVmDisk discs disk1).Persisted | Should -BeFalse
        (Get-QemuVm discs).Disks.Id | Should -Be 'disk0', 'cd0'
        (Get-QemuVm discs).PendingChanges | Should -Be "Drives: 'disk1' is there until restart"
        Get-FailureId { Add-QemuVmDisk discs "$TestFolder/stays.qcow2" } | Should -Be 'DiskLocked'
    }

    It 'goes with the reboot of the guest' {
        $null = Invoke-InGuest discs '(sleep 0.2; reboot -f) </dev/null >/dev/null 2>&1 &'
        $end = [DateTime]::UtcNow.AddSeconds(60)
        do { $status = "$((Get-QemuVmDisk discs | Where-Object Id -EQ disk1).Status)" } until ($status -ne 'PendingGuest' -or [DateTime]::UtcNow -gt $end)
        $status | Should -Be 'Unplugged'

        (Remove-QemuVmDisk discs disk1).State | Should -Be 'Removed'
        (Get-QemuDisk "$TestFolder/stays.qcow2").InUse | Should -BeFalse
        (Get-QemuVm discs).PendingChanges | Should -BeNullOrEmpty
        Initialize-Guest
        Invoke-InGuest discs 'ls /sys/block' | Should -Not -Match 'vdb'
    }
}
