# The machine that people start by hand, and ours: the guest has to see the same.
BeforeDiscovery {
    $accelerators = @(@{ Accelerator = 'Tcg' })
    if ([IO.File]::Exists('/dev/kvm')) { $accelerators += @{ Accelerator = 'Kvm' } }
}

BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession
}

AfterAll { Exit-TestSession }

Describe 'The reference machine with <Accelerator>' -ForEach $accelerators {
    BeforeAll {
        $disk = New-QemuDisk "$TestFolder/$Accelerator.qcow2" 1GB
        $hand = New-QemuDisk "$TestFolder/$Accelerator-hand.qcow2" 1GB

        # The machine by hand is a definition without anything, so that its monitor is where the cmdlets look for it.
        $null = New-QemuVm -Name "hand-$Accelerator"
        $folder = [IO.Path]::GetDirectoryName((Get-QemuVm "hand-$Accelerator").QmpSocketPath)
        [IO.Directory]::CreateDirectory($folder) | Out-Null
        & qemu-system-x86_64 -accel $Accelerator.ToLower() -m 4G -smp 2 -hda $hand.Path -boot d -cdrom $MemtestIso `
            '-netdev' 'user,id=net0,net=192.168.0.0/24,dhcpstart=192.168.0.9' '-device' 'virtio-net-pci,netdev=net0' -vga qxl -device AC97 `
            -display none -S -daemonize -D "$folder/qemu.log" -pidfile "$folder/pid" -qmp "unix:$folder/qmp.sock,server=on,wait=off"
        $handExit = $LASTEXITCODE

        $null = New-QemuVm -Name "ours-$Accelerator" -Accelerator $Accelerator -MemoryStartupBytes 4GB -ProcessorCount 2 -DiskPath $disk.Path `
            -IsoPath $MemtestIso -BootOrder CdRom -NetworkAddress 192.168.0.0/24 -DhcpStart 192.168.0.9 -NetworkModel virtio-net-pci -Vga Qxl -Sound AC97
        Start-QemuVm "ours-$Accelerator" -Paused
    }

    AfterAll { Stop-QemuVm "*-$Accelerator" -TurnOff }

    It 'was started by hand for the comparison' {
        $handExit | Should -Be 0
        (Get-QemuVm "hand-$Accelerator").State | Should -Be 'Starting'
    }

    It 'has the same devices (info qtree)' {
        $ours = Get-DeviceClass "ours-$Accelerator"

        $ours.Count | Should -BeGreaterThan 20
        $ours | Should -Be (Get-DeviceClass "hand-$Accelerator")
    }

    It 'has the same media in the same drives (query-block)' {
        function Get-Media([string] $Name) {
            foreach ($drive in Invoke-QmpCommand query-block $Name) {
                # sd0 is a back end without a device: the guest does not see it.
                if ($drive.device -eq 'sd0') { continue }
                $medium = if ($drive.inserted) { '{0} {1} ro={2}' -f $drive.inserted.drv, ($drive.inserted.file -replace '-hand', ''), $drive.inserted.ro } else { 'empty' }
                'removable={0} {1}' -f $drive.removable, $medium
            }
        }

        Get-Media "ours-$Accelerator" | Sort-Object | Should -Be (Get-Media "hand-$Accelerator" | Sort-Object)
    }

    It 'has the same state (query-status), processors and memory' {
        foreach ($question in 'query-status', 'query-memory-size-summary', 'query-cpus-fast') {
            $ours, $theirs = "ours-$Accelerator", "hand-$Accelerator" | ForEach-Object {
                Invoke-QmpCommand $question $_ | Select-Object -Property * -ExcludeProperty 'thread-id' | ConvertTo-Json -Depth 5
            }
            $ours | Should -Be $theirs
        }
    }

    It 'says nothing about sound on a host that has none' {
        $log = (Get-QemuVm "ours-$Accelerator").LogPath
        $said = if ([IO.File]::Exists($log)) { [IO.File]::ReadAllText($log) } else { '' }

        $said | Should -Not -Match 'ALSA|audio'
    }
}

Describe 'The screen of the reference machine' {
    It 'is saved as a PNG when it has a picture' {
        $null = New-QemuVm -Name screen -Accelerator Tcg -MemoryStartupBytes 512MB -IsoPath $MemtestIso -Vga Qxl
        Start-QemuVm screen
        $file = Save-QemuVmScreenshot screen "$TestFolder/screen.png" -WaitForPicture -Timeout 120
        Stop-QemuVm screen -TurnOff

        $file | Should -BeOfType ([IO.FileInfo])
        [IO.File]::ReadAllBytes($file.FullName)[1..3] | Should -Be 0x50, 0x4e, 0x47
        $file.Length | Should -BeGreaterThan 2000
    }

    It 'is not saved where there is no folder' {
        Get-FailureId { Save-QemuVmScreenshot screen "$TestFolder/none/screen.png" } | Should -Be 'DirectoryNotFound'
    }

    It 'is not written over a file, unless forced, and only of a machine that runs' {
        [IO.File]::WriteAllText("$TestFolder/mine.png", 'mine')

        Get-FailureId { Save-QemuVmScreenshot screen "$TestFolder/mine.png" } | Should -Be 'FileExists'
        Get-FailureId { Save-QemuVmScreenshot screen "$TestFolder/mine.png" -Force } | Should -Be 'VmNotRunning'
        [IO.File]::ReadAllText("$TestFolder/mine.png") | Should -Be 'mine'
    }
}
