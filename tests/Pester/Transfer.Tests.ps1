# Machines that go to another host, and machines that come from somewhere else.
BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession
    $small = @{ Accelerator = 'Tcg'; MemoryStartupBytes = 64MB }

    # A disk with a word of its own in the first sector.
    function New-WrittenDisk([string] $Path, [string] $Word, [hashtable] $Arguments = @{ SizeBytes = 16MB }) {
        $null = New-QemuDisk $Path @Arguments
        & qemu-io -f qcow2 -c "write -P 0x$([Convert]::ToString([int] $Word[0], 16)) 0 64k" $Path 2>&1 | Out-Null
        $Path
    }

    function Test-FirstByte([string] $Path, [string] $Word) { "$(& qemu-io -r -f qcow2 -c "read -P 0x$([Convert]::ToString([int] $Word[0], 16)) 0 64k" $Path 2>&1)" -notmatch 'verification failed' }

    # What is in a definition but for what has to be new.
    function Get-Likeness([string] $Name) {
        [IO.File]::ReadAllText((Get-QemuVm $Name).Path) -replace '"(id|creationTime)": "[0-9a-fT:.+-]{20,}"' -replace '52:54:00:..:..:..' -replace "`"name`": `"$Name`"" -replace '"[^"]*/([^/"]+)"', '"$1"'
    }
}

AfterAll { Exit-TestSession }

Describe 'Export-QemuVm and Import-QemuVm' {
    BeforeAll {
        $base = New-WrittenDisk "$TestFolder/base.qcow2" 'b'
        $null = New-QemuDisk "$TestFolder/top.qcow2" -BackingPath $base
        $data = New-WrittenDisk "$TestFolder/data.qcow2" 'd'
        $vm = New-QemuVm -Name travel -GuestOs Linux -Generation 2 -DiskPath "$TestFolder/top.qcow2", $data -IsoPath $MemtestIso -CloudInit @{ HostName = 'far'; Password = (ConvertTo-SecureString x -AsPlainText -Force) } @small
        Start-QemuVm travel -Paused
        Stop-QemuVm travel -TurnOff
    }

    It 'carry a machine with its disks, what they stand on and its own files, as <As>' -ForEach @(@{ As = 'Folder' }, @{ As = 'Tar' }) {
        $export = Export-QemuVm travel "$TestFolder/out" -As $As
        $made = Import-QemuVm $export.FullName -NewName "from$As" -GenerateNewId -Force

        $made.Id | Should -Not -Be $vm.Id
        Get-Likeness "from$As" | Should -Be (Get-Likeness travel)
        $made.Disks[0].Path | Should -Be "$TestFolder/home/vms/from$As/disks/top.qcow2"
        (Get-QemuDisk $made.Disks[0].Path -BackingChain).Chain.Path | Should -Be "$TestFolder/home/vms/from$As/disks/base.qcow2"
        Test-FirstByte $made.Disks[0].Path 'b' | Should -BeTrue
        Test-FirstByte $made.Disks[1].Path 'd' | Should -BeTrue
        [IO.File]::Exists("$TestFolder/home/vms/from$As/uefi-vars.qcow2") | Should -BeTrue
        [IO.File]::Exists("$TestFolder/home/vms/from$As/cloud-init.iso") | Should -BeTrue
        Start-QemuVm "from$As" -Paused
        Stop-QemuVm "from$As" -TurnOff
    }

    It 'flatten what stands on other images' {
        $export = Export-QemuVm travel "$TestFolder/flat" -Flatten
        $disk = Get-QemuDisk "$($export.FullName)/disks/top.qcow2"

        $disk.BackingPath | Should -BeNullOrEmpty
        Test-FirstByte $disk.Path 'b' | Should -BeTrue
        [IO.Directory]::GetFiles("$($export.FullName)/disks").Count | Should -Be 2
    }

    It 'take the guest''s saved memory along only when told' {
        $null = New-QemuVm -Name memory -DiskPath (New-WrittenDisk "$TestFolder/memory.qcow2" 'm') @small
        Start-QemuVm memory
        Save-QemuVm memory
        $null = Export-QemuVm memory "$TestFolder/without" -WarningVariable said -WarningAction SilentlyContinue
        $with = Export-QemuVm memory "$TestFolder/with" -IncludeState

        $said | Should -Match 'saved state'
        (Import-QemuVm "$TestFolder/without/memory" -NewName amnesia -Force).State | Should -Be 'Off'
        $made = Import-QemuVm $with.FullName -NewName remembers -Force
        $made.State | Should -Be 'Saved'
        Start-QemuVm remembers
        (Get-QemuVm remembers).State | Should -Be 'Running'
        Stop-QemuVm remembers -TurnOff
    }

    It 'do not take a state that reaches further than the definition that was looked at' {
        $state = "$TestFolder/with/memory/state.json"
        [IO.File]::WriteAllText($state, ([IO.File]::ReadAllText($state) -replace '"qemuArgument":\[\]', '"qemuArgument":["-netdev","tap,id=t,script=/tmp/run.sh"]'))
        # What is in the definition is agreed to; what QEMU would be started with is in the state.
        $failure = Get-Failure { Import-QemuVm "$TestFolder/with/memory" -NewName trojan -Confirm:$false }
        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'UntrustedDefinition'
        "$failure" | Should -Match 'program: -netdev tap,id=t,script='
        Get-QemuVm trojan* | Should -BeNullOrEmpty
        (Import-QemuVm "$TestFolder/with/memory" -NewName meant -Force).State | Should -Be 'Saved'
        Remove-QemuVm meant -Confirm:$false
    }

    It 'refuse what runs, what exists already and what is no export' {
        Start-QemuVm travel -Paused
        $failure = Get-Failure { Export-QemuVm travel "$TestFolder/never" }
        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'VmRunning'
        # What is recommended can be pasted, and the guest goes on.
        Resume-QemuVm travel
        & ([scriptblock]::Create($failure.ErrorDetails.RecommendedAction)) | Should -Not -BeNullOrEmpty
        (Get-QemuVm travel).State | Should -Be 'Running'
        [IO.File]::Exists("$TestFolder/never/travel/state.vmstate") | Should -BeTrue
        Stop-QemuVm travel -TurnOff
        Get-FailureId { Export-QemuVm travel "$TestFolder/out" } | Should -Be 'FileExists'
        Get-FailureId { Import-QemuVm "$TestFolder/out/travel" } | Should -Be 'VmExists'
        Get-FailureId { Import-QemuVm "$TestFolder/home" } | Should -Be 'InvalidPath'
        Get-FailureId { Import-QemuVm "$TestFolder/data.qcow2" } | Should -Not -Be ''
        [IO.Directory]::GetFileSystemEntries("$TestFolder/out") | ForEach-Object { [IO.Path]::GetFileName($_) } | Sort-Object | Should -Be 'travel', 'travel.tar'
    }

    It 'write nothing out of the machine''s folder, whatever an archive says' {
        $evil = "$TestFolder/evil.tar"
        $file = [IO.File]::Create($evil)
        $archive = [Formats.Tar.TarWriter]::new($file, [Formats.Tar.TarEntryFormat]::Pax, $false)
        foreach ($entry in @('vm.json', '{ "name": "evil" }'), @('../../../escaped', 'x')) {
            $item = [Formats.Tar.PaxTarEntry]::new([Formats.Tar.TarEntryType]::RegularFile, $entry[0])
            $item.DataStream = [IO.MemoryStream]::new([Text.Encoding]::UTF8.GetBytes($entry[1]))
            $archive.WriteEntry($item)
        }
        $archive.Dispose()

        Get-FailureId { Import-QemuVm $evil -Force } | Should -Be 'InvalidPath'
        [IO.File]::Exists("$TestFolder/escaped") | Should -BeFalse
        Get-QemuVm evi* | Should -BeNullOrEmpty
    }

    It 'ask before they take what reaches beyond the machine' {
        [IO.File]::WriteAllText("$TestFolder/stranger.json", '{ "name": "stranger", "qemuArgument": ["-device", "pvpanic"] }')
        $shell = Start-AnotherShell "try { Import-QemuVm '$TestFolder/stranger.json' -ErrorAction Stop } catch { `$_.FullyQualifiedErrorId }"

        $shell.StandardOutput.ReadToEnd() | Should -Match 'UntrustedDefinition,'
        (Import-QemuVm "$TestFolder/stranger.json" -Force).Name | Should -Be 'stranger'
    }

    It 'show what they would do, and do nothing' {
        Export-QemuVm travel "$TestFolder/whatif" -WhatIf | Should -BeNullOrEmpty
        Import-QemuVm "$TestFolder/out/travel" -NewName whatif -WhatIf | Should -BeNullOrEmpty
        Get-QemuVm whati* | Should -BeNullOrEmpty
    }

    It 'write a unit for systemd that it understands' {
        $unit = Export-QemuVm travel "$TestFolder/units" -As SystemdUnit
        $text = [IO.File]::ReadAllText($unit.FullName)

        $text | Should -Match '(?m)^ExecStart=".*qemu-system-x86_64" "-name" "guest=travel"'
        $text | Should -Match '(?m)^PIDFile=.*/pid$'
        if (Get-Command systemd-analyze -ErrorAction Ignore) {
            "$(& systemd-analyze verify --user $unit.FullName 2>&1)" | Should -Not -Match 'qemups-travel'
        }
    }
}

Describe 'Import-QemuVm of what runs already' {
    BeforeAll {
        $disk = New-WrittenDisk "$TestFolder/byhand.qcow2" 'h'
        & qemu-system-x86_64 -name byhand -accel tcg -m 64 -display none -S -daemonize -drive "file=$disk,format=qcow2" -pidfile "$TestFolder/byhand.pid" -qmp "unix:$TestFolder/byhand.sock,server=on,wait=off"
        $id = [int] [IO.File]::ReadAllText("$TestFolder/byhand.pid")
    }

    It 'takes it for a machine of the store: known, watched and stopped like any other' {
        $made = Get-QemuVm -IncludeOrphaned | Where-Object ProcessId -eq $id | Import-QemuVm -Force

        $made.Name | Should -Be 'byhand'
        $made.ProcessId | Should -Be $id
        $made.State | Should -Be 'Starting'
        $made.Disks.Path | Where-Object { $_ } | Should -Be $disk
        Resume-QemuVm byhand
        (Get-QemuVm byhand).State | Should -Be 'Running'
        Get-QemuVm -IncludeOrphaned | Where-Object { $_.State -eq 'Orphaned' -and $_.ProcessId -eq $id } | Should -BeNullOrEmpty
        Stop-QemuVm byhand -TurnOff
        Test-ProcessRuns $id | Should -BeFalse
        Start-QemuVm byhand -Paused
        (Get-QemuVm byhand).ProcessId | Should -Not -Be $id
        Stop-QemuVm byhand -TurnOff
    }

    It 'finds it by its socket, and warns of one that cannot be controlled' {
        & qemu-system-x86_64 -name bysocket -accel tcg -m 64 -display none -S -daemonize -pidfile "$TestFolder/bysocket.pid" -qmp "unix:$TestFolder/bysocket.sock,server=on,wait=off"
        (Import-QemuVm -QmpSocketPath "$TestFolder/bysocket.sock" -NewName viasocket -Force).State | Should -Be 'Starting'
        Stop-QemuVm viasocket -TurnOff
        & qemu-system-x86_64 -name bare -accel tcg -m 64 -display none -S -daemonize -pidfile "$TestFolder/bare.pid"
        $bare = [int] [IO.File]::ReadAllText("$TestFolder/bare.pid")
        $made = Import-QemuVm -ProcessId $bare -Force -WarningVariable said -WarningAction SilentlyContinue
        & kill $bare

        "$said" | Should -Match 'no QMP socket'
        $made.State | Should -Be 'Off'
        Get-FailureId { Import-QemuVm -ProcessId $PID } | Should -Be 'VmNotFound'
    }

    It 'defines what a command line says' {
        $made = Import-QemuVm -CommandLine "qemu-system-x86_64 -name typed -m 128 -accel tcg -hda '$disk'" -Force

        $made.Name | Should -Be 'typed'
        $made.MemoryStartup | Should -Be 128MB
    }
}
