# The virtiofsd that belongs to QEMU 7.2 is for root alone.
$ways = if ([Environment]::UserName -eq 'root' -and [IO.File]::Exists('/usr/lib/qemu/virtiofsd')) { '9p', 'fs' } else { @('9p') }

BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    . $PSScriptRoot/Support/Guest.ps1
    Enter-TestSession
    foreach ($folder in 'read', 'write', 'other') {
        $null = [IO.Directory]::CreateDirectory("$TestFolder/$folder")
        [IO.File]::WriteAllText("$TestFolder/$folder/from-host", "in $folder")
    }

    # The processes that share a machine's folders by virtiofs.
    function Get-SharingProcess {
        foreach ($folder in [IO.Directory]::GetDirectories('/proc')) {
            $id = [IO.Path]::GetFileName($folder)
            if ($id -match '^\d+$' -and [IO.File]::Exists("$folder/cmdline")) {
                $words = try { [IO.File]::ReadAllText("$folder/cmdline") } catch [IO.IOException] { '' }
                if ($words.Contains("--socket-path=$TestFolder/") -and (Test-ProcessRuns $id)) { [int] $id }
            }
        }
    }
}

AfterAll { Exit-TestSession }

Describe 'Folders that a machine shares' {
    BeforeAll { $null = New-QemuVm -Name share -MachineType q35 -Accelerator Tcg -MemoryStartupBytes 64MB -NoDisk }

    It 'are read-only and called after the folder unless something else is said' {
        $share = Add-QemuVmSharedFolder share "$TestFolder/read" -PassThru
        $share.Tag | Should -Be 'read'
        $share.ReadOnly | Should -BeTrue
        $share.IsShared | Should -BeFalse
        $share.Type | Should -Be 'Auto'
        (Add-QemuVmSharedFolder share "$TestFolder/write" -Tag w -Type NineP -Writable -PassThru).ReadOnly | Should -BeFalse
    }

    It 'are in the definition and reach QEMU' {
        (Get-QemuVmSharedFolder share).Tag | Should -Be 'read', 'w'
        $line = ConvertTo-QemuCommandLine share
        $line | Should -Match "local,id=share-w-folder,path=$TestFolder/write,security_model=mapped-xattr,readonly=off,multidevs=remap"
    }

    It 'have tags of their own, and are there' {
        Get-FailureId { Add-QemuVmSharedFolder share "$TestFolder/other" -Tag w } | Should -Be 'SharedFolderExists'
        Get-FailureId { Add-QemuVmSharedFolder share "$TestFolder/other" -Tag 'a b' } | Should -Be 'InvalidOption'
        Get-FailureId { Add-QemuVmSharedFolder share "$TestFolder/none" } | Should -Be 'DirectoryNotFound'
        Get-FailureId { Add-QemuVmSharedFolder share "$TestFolder/read/from-host" } | Should -Be 'InvalidPath'
    }

    It 'are removed by what Get-QemuVmSharedFolder shows' {
        Get-QemuVmSharedFolder share | Where-Object Tag -EQ w | Remove-QemuVmSharedFolder
        (Get-QemuVmSharedFolder share).Tag | Should -Be 'read'
        Get-FailureId { Remove-QemuVmSharedFolder share w } | Should -Be 'SharedFolderNotFound'
    }

    It 'have gone when the machine shall start: said before anything is started' {
        Add-QemuVmSharedFolder share "$TestFolder/other"
        [IO.Directory]::Move("$TestFolder/other", "$TestFolder/moved")
        Get-FailureId { Start-QemuVm share } | Should -Be 'DirectoryNotFound'
        @(Get-SharingProcess).Count | Should -Be 0
    }
}

Describe 'A guest with folders of its host' {
    BeforeAll {
        $guest = Get-TestGuest "$RepositoryRoot/out/cache/guest" -SharedFolder
        $null = New-QemuVm -Name web -MachineType q35 -Accelerator Tcg -MemoryStartupBytes 320MB -NoDisk -KernelPath $guest.Kernel -InitrdPath $guest.Initrd -KernelCommandLine 'console=ttyS0 quiet'
        Add-QemuVmSharedFolder web "$TestFolder/read" -Tag read9p -Type NineP
        Add-QemuVmSharedFolder web "$TestFolder/write" -Tag write9p -Type NineP -Writable
        $hasVirtioFs = [Environment]::UserName -eq 'root' -and [IO.File]::Exists('/usr/lib/qemu/virtiofsd')
        if ($hasVirtioFs) {
            Add-QemuVmSharedFolder web "$TestFolder/read" -Tag readfs
            Add-QemuVmSharedFolder web "$TestFolder/write" -Tag writefs -Writable
        }
        Start-QemuVm web -Wait GuestAgent -Timeout 120

        # Mounts a folder with the command that Get-QemuVmSharedFolder tells, for writing, and runs a line there.
        function Invoke-InFolder([string] $Tag, [string] $Line) {
            $mount = (Get-QemuVmSharedFolder web | Where-Object Tag -EQ $Tag).MountCommand.Replace('/mnt', "/mnt-$Tag").Replace(',ro', '')
            Invoke-QemuGuestCommand web sh '-c', "[ -d /mnt-$Tag ] || { mkdir /mnt-$Tag && $mount; } && cd /mnt-$Tag && $Line"
        }
    }

    It 'reads what the host has, by <_>' -ForEach $ways {
        (Invoke-InFolder "read$_" 'cat from-host').StandardOutput | Should -Be 'in read'
        (Get-QemuVmSharedFolder web | Where-Object Tag -EQ "read$_").IsShared | Should -BeTrue
    }

    It 'cannot write to what it may only read, by <_>, though it mounts it for writing' -ForEach $ways {
        $result = Invoke-InFolder "read$_" "touch new || echo no; rm from-host || echo no"
        $result.StandardOutput | Should -Be "no`nno`n"
        [IO.Directory]::GetFileSystemEntries("$TestFolder/read") | Should -Be "$TestFolder/read/from-host"
    }

    It 'writes where it may, by <_>, and the host reads it' -ForEach $ways {
        (Invoke-InFolder "write$_" "echo by $_ > from-$_").ExitCode | Should -Be 0
        [IO.File]::ReadAllText("$TestFolder/write/from-$_") | Should -Be "by $_`n"
    }

    It 'gets what is added while it runs from its next start on, which is said' {
        Add-QemuVmSharedFolder web "$TestFolder/moved" -WarningVariable warnings -WarningAction SilentlyContinue
        "$warnings" | Should -Match 'from its next start on'
        (Get-QemuVm web).PendingChanges | Should -Match "SharedFolders: 'share-moved' is there after restart"
        (Get-QemuVmSharedFolder web | Where-Object Tag -EQ moved).IsShared | Should -BeFalse
    }

    It 'leaves no process behind' {
        if ($hasVirtioFs) { @(Get-SharingProcess).Count | Should -BeGreaterThan 0 }
        Stop-QemuVm web -TurnOff
        $clock = [Diagnostics.Stopwatch]::StartNew()
        while (@(Get-SharingProcess).Count -and $clock.Elapsed.TotalSeconds -lt 10) { Start-Sleep -Milliseconds 20 }
        @(Get-SharingProcess).Count | Should -Be 0
    }
}
