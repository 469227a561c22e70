# Command lines become definitions and definitions command lines, and what is printed can be pasted.

Describe 'A command line' {
    BeforeAll {
        . $PSScriptRoot/Support/Session.ps1
        Enter-TestSession
        $script:Folder = "$TestFolder/scripts"
        [IO.Directory]::CreateDirectory($Folder) | Out-Null
        New-QemuDisk "$Folder/disk.qcow2" -SizeBytes 1MB | Out-Null
        Set-Content "$Folder/old.sh" @(
            '#!/bin/bash'
            '# the old machine'
            'DISK=disk.qcow2'
            'OPTS="-m 64 -smp 2"'
            'qemu-system-x86_64 $OPTS \'
            '  -hda "$DISK" -boot d \'
            '  -net nic,model=virtio -net user,hostfwd=tcp::0-:22 \'
            '  -usb -usbdevice tablet -rtc base=localtime \'
            '  -monitor stdio > /dev/null &'
        )
    }
    AfterAll { Exit-TestSession }

    It 'in a script becomes a definition with full paths, and a warning names what stays in QemuArgument' {
        $definition = ConvertFrom-QemuCommandLine -Path "$Folder/old.sh" -WarningVariable warnings -WarningAction SilentlyContinue

        $definition.Name | Should -Be 'old'
        $definition.ProcessorCount | Should -Be 2
        $definition.Drives[0].Path | Should -Be "$Folder/disk.qcow2"
        $definition.Drives[0].Format | Should -Be 'qcow2'
        "$($definition.BootOrder)" | Should -Be 'CdRom Disk Network'
        $definition.NetworkAdapters[0].Model | Should -Be 'virtio-net-pci'
        "$($definition.QemuArgument)" | Should -Be '-usb -device usb-tablet -rtc base=localtime'
        "$warnings" | Should -BeLike "*'old' keeps in QemuArgument*-device usb-tablet (line 8, column 8)*-rtc base=localtime (line 8, column 26)*"
    }

    It 'makes a machine that runs' {
        ConvertFrom-QemuCommandLine -Path "$Folder/old.sh" -Name imported -WarningAction SilentlyContinue | New-QemuVm | Out-Null
        Start-QemuVm imported -Paused

        (Get-QemuVm imported).MemoryStartup | Should -Be 64MB
        Get-DeviceClass imported | Where-Object { $_ -eq 'usb-tablet' } | Should -Be 'usb-tablet'

        Stop-QemuVm imported -TurnOff
    }

    It 'comes by the pipeline, line by line or as a file' {
        $byLine = Get-Content "$Folder/old.sh" | ConvertFrom-QemuCommandLine -Name a -Variable @{ DISK = "$Folder/disk.qcow2" } -WarningAction SilentlyContinue
        $byFile = Get-Item "$Folder/old.sh" | ConvertFrom-QemuCommandLine -Name a -WarningAction SilentlyContinue

        $byLine.Drives[0].Path | Should -Be "$Folder/disk.qcow2"
        $byFile.Drives[0].Path | Should -Be "$Folder/disk.qcow2"
    }

    It 'that needs a variable says which, where, and how to give it' {
        $failure = Get-Failure { ConvertFrom-QemuCommandLine 'qemu-system-x86_64 -cdrom "$ISO"' }

        $failure.FullyQualifiedErrorId | Should -BeLike 'UnknownVariable,*'
        "$failure" | Should -BeLike "Line 1, column 28: the variable 'ISO'*"
        $failure.ErrorDetails.RecommendedAction | Should -BeLike "*-Variable @{ 'ISO' = 'VALUE' }*"
        (ConvertFrom-QemuCommandLine 'qemu-system-x86_64 -cdrom "$ISO"' -Variable @{ ISO = '/x.iso' }).Drives[0].Path | Should -Be '/x.iso'
    }

    It 'is never run' {
        Get-FailureId { ConvertFrom-QemuCommandLine "qemu-system-x86_64 -m `$(touch $Folder/touched; echo 1G)" } | Should -Be 'UnsupportedShellSyntax'
        Get-FailureId { ConvertFrom-QemuCommandLine "touch $Folder/touched; qemu-system-x86_64 | tee log" } | Should -Be 'UnsupportedShellSyntax'

        Test-Path "$Folder/touched" | Should -Be $false
    }

    It 'that is no QEMU, or another processor''s, is refused' {
        Get-FailureId { ConvertFrom-QemuCommandLine 'echo hello' } | Should -Be 'InvalidCommandLine'
        Get-FailureId { ConvertFrom-QemuCommandLine 'qemu-system-aarch64 -M virt' } | Should -Be 'NotSupported'
        Get-FailureId { ConvertFrom-QemuCommandLine -Path "$Folder/none.sh" } | Should -Be 'InvalidPath'
    }
}

Describe 'ConvertTo-QemuCommandLine' {
    BeforeAll {
        . $PSScriptRoot/Support/Session.ps1
        Enter-TestSession
        # A program that prints its arguments stands where a shell looks for QEMU.
        $script:Tools = "$TestFolder/bin"
        [IO.Directory]::CreateDirectory($Tools) | Out-Null
        [IO.File]::WriteAllText("$Tools/qemu-system-x86_64", "#!/bin/sh`nprintf '%s\0' `"`$@`" > `"`$ARGUMENTS`"`n")
        [IO.File]::SetUnixFileMode("$Tools/qemu-system-x86_64", 'UserRead,UserWrite,UserExecute')
        $script:Nasty = "$TestFolder/it's `"a`" `$HOME ``date`` ü,b;c&d|e {f} (g) #h ~ %i !j k=l.raw"
        [IO.File]::WriteAllBytes($Nasty, [byte[]]::new(1MB))
        New-QemuVm nasty -Accelerator Tcg -DiskPath $Nasty -QemuArgument '-fw_cfg', "name=opt/x,string= it's `"x`" `$y ``z`` ü,,* \\ \`" `u{2019}" | Out-Null
        $script:Words = @(ConvertTo-QemuCommandLine nasty -Shell Array)
    }
    AfterAll { Exit-TestSession }

    It 'prints what <Shell> pastes as the words that Start-QemuVm runs' -ForEach @(
        @{ Shell = 'Bash' }
        @{ Shell = 'PowerShell' }
    ) {
        $text = ConvertTo-QemuCommandLine nasty -Shell $Shell
        $saved = $env:PATH
        $env:ARGUMENTS = "$TestFolder/arguments.$Shell"
        $env:PATH = "${Tools}:$saved"
        try {
            if ($Shell -eq 'Bash') { & bash -c $text } else { (Start-AnotherShell $text).WaitForExit() }
        }
        finally {
            $env:PATH = $saved
            $env:ARGUMENTS = $null
        }

        $got = [IO.File]::ReadAllText("$TestFolder/arguments.$Shell").TrimEnd([char]0) + [char]0
        $got.Split([char]0).Count | Should -Be $Words.Count
        $got | Should -Be ((@($Words | Select-Object -Skip 1) -join [char]0) + [char]0)
    }

    It 'takes a definition of a machine that does not exist' {
        $words = ConvertFrom-QemuCommandLine 'qemu-system-x86_64 -m 64 -nodefaults' | ConvertTo-QemuCommandLine -Shell Array

        $words[0] | Should -Be 'qemu-system-x86_64'
        "$words" | Should -BeLike '*-m 64M *'
    }

    It 'gives words that become the same definition again' {
        $back = ConvertTo-QemuCommandLine nasty -Shell Array | ConvertFrom-QemuCommandLine -WarningAction SilentlyContinue

        $back.Id | Should -Be (Get-QemuVm nasty).Id
        $back.Drives[0].Path | Should -Be $Nasty
        @($back | ConvertTo-QemuCommandLine -Shell Array) -join "`n" | Should -Be ($Words -join "`n")
    }

    It 'gives text that bash reads, and this module too' {
        $back = ConvertTo-QemuCommandLine nasty | ConvertFrom-QemuCommandLine -WarningAction SilentlyContinue

        @($back | ConvertTo-QemuCommandLine -Shell Array) -join "`n" | Should -Be ($Words -join "`n")
    }
}
