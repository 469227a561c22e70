BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession
    $Word = 'geheim, mit Komma; "und" Umläuten'
    $Secret = ConvertTo-SecureString $Word -AsPlainText -Force
    # By default QEMU makes opening take two seconds of work.
    $Quick = @{ 'encrypt.iter-time' = 100 }
    $Disk = New-QemuDisk "$TestFolder/secret.qcow2" 16MB -Passphrase $Secret -Option $Quick
}

AfterAll { Exit-TestSession }

Describe 'A passphrase' {
    It 'encrypts a new image' {
        $Disk.IsEncrypted | Should -BeTrue
        $Disk.Raw.'format-specific'.data.encrypt.format | Should -Be 'luks'
    }

    It 'may be a credential' {
        $credential = [pscredential]::new('any', $Secret)
        (Convert-QemuDisk $Disk.Path "$TestFolder/credential.raw" -Passphrase $credential).IsEncrypted | Should -BeFalse
    }

    It 'may not be plain text, which would be in the history' {
        Get-FailureId { New-QemuDisk "$TestFolder/plain.qcow2" 1MB -Passphrase 'geheim' } | Should -Be 'ParameterArgumentTransformationError'
    }

    It 'is the one that qemu-img knows, byte for byte' {
        [IO.File]::WriteAllText("$TestFolder/word", $Word)
        $null = qemu-img convert --object "secret,id=s,file=$TestFolder/word" -O raw "json:{""driver"":""qcow2"",""encrypt.key-secret"":""s"",""file"":{""driver"":""file"",""filename"":""$($Disk.Path)""}}" "$TestFolder/by-hand.raw"
        $LASTEXITCODE | Should -Be 0
    }

    It 'opens an image for <Name>' -ForEach @(
        @{ Name = 'Resize-QemuDisk'; Action = { Resize-QemuDisk $Disk.Path '+1MB' -Passphrase $Secret } }
        @{ Name = 'Test-QemuDisk'; Action = { Test-QemuDisk $Disk.Path -Passphrase $Secret } }
        @{ Name = 'New-QemuSnapshot'; Action = { New-QemuSnapshot $Disk.Path s -Passphrase $Secret } }
        @{ Name = 'Remove-QemuSnapshot'; Action = { Remove-QemuSnapshot $Disk.Path s -Passphrase $Secret -Confirm:$false } }
        @{ Name = 'Compare-QemuDisk'; Action = { Compare-QemuDisk $Disk.Path $Disk.Path -Passphrase $Secret } }
        @{ Name = 'Measure-QemuDisk'; Action = { Measure-QemuDisk $Disk.Path -Passphrase $Secret } }
    ) {
        Get-FailureId $Action | Should -BeNullOrEmpty
    }

    It 'is asked for where there is none, and refused where it is wrong' {
        Get-FailureId { Convert-QemuDisk $Disk.Path "$TestFolder/x.raw" } | Should -Be 'InvalidPassphrase'
        $wrong = ConvertTo-SecureString 'falsch' -AsPlainText -Force
        $failure = Get-Failure { Convert-QemuDisk $Disk.Path "$TestFolder/x.raw" -Passphrase $wrong }
        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'InvalidPassphrase'
        $failure.CategoryInfo.Category | Should -Be 'AuthenticationError'
        $failure.Exception.Message | Should -Not -Match 'json:'
        $failure.Exception.Message | Should -Not -Match 'falsch'
    }

    It 'goes from one image to another' {
        $other = ConvertTo-SecureString 'anders' -AsPlainText -Force
        $copy = Convert-QemuDisk $Disk.Path "$TestFolder/other.qcow2" -Passphrase $Secret -DestinationPassphrase $other -Option $Quick

        $copy.IsEncrypted | Should -BeTrue
        Get-FailureId { Measure-QemuDisk $copy.Path -Passphrase $Secret } | Should -Be 'InvalidPassphrase'
        Measure-QemuDisk $copy.Path -Passphrase $other | Should -Not -BeNullOrEmpty
    }

    It 'is on no command line, in no -Verbose and in no file while the tool runs' {
        $job = Convert-QemuDisk $Disk.Path "$TestFolder/watched.raw" -Passphrase $Secret -RateLimitBytesPerSecond 1KB -Verbose -AsJob
        try {
            $deadline = [DateTime]::UtcNow.AddSeconds(30)
            $line = ''
            while (-not $line -and [DateTime]::UtcNow -lt $deadline) {
                $line = [IO.Directory]::GetDirectories('/proc') | Where-Object { $_ -match '/\d+$' } | ForEach-Object {
                    try { [Text.Encoding]::UTF8.GetString([IO.File]::ReadAllBytes("$_/cmdline")) } catch { Write-Verbose 'It has gone.' }
                } | Where-Object { $_ -match '^\S*qemu-img\0convert' -and $_.Contains($TestFolder) } | Select-Object -First 1
            }

            $line | Should -Match 'secret,id=source,file=/proc/\d+/fd/\d+'
            $line | Should -Not -Match 'geheim'
            "$($job.Verbose)" | Should -Not -Match 'geheim'
            "$($job.Verbose)" | Should -Match 'qemu-img convert'
            $files = [IO.Directory]::GetFiles($TestFolder, '*', 'AllDirectories') | Where-Object { $_ -notmatch '/word$' }
            $files | Where-Object { [IO.FileInfo]::new($_).Length -lt 1MB -and [IO.File]::ReadAllText($_).Contains('geheim') } | Should -BeNullOrEmpty
        }
        finally { $job | Stop-Job -PassThru | Remove-Job }
    }

    It "survives QEMU's trouble with coarse clocks, which the next try has not" {
        # What QEMU 7.2 says now and then on virtual machines, said once; then the real tool.
        $fake = [IO.Directory]::CreateDirectory("$TestFolder/fake").FullName
        $real = (Get-Command qemu-img).Source
        [IO.File]::WriteAllText("$fake/qemu-img", "#!/bin/sh`nif [ ! -e $fake/said ]; then touch $fake/said; echo 'qemu-img: x: Unable to get accurate CPU usage' >&2; exit 1; fi`nexec $real ""`$@""`n")
        [IO.File]::SetUnixFileMode("$fake/qemu-img", [IO.UnixFileMode] 'UserRead, UserWrite, UserExecute')
        $path = $env:PATH
        $env:PATH = "${fake}:$path"
        try { (New-QemuDisk "$TestFolder/clock.qcow2" 1MB -Passphrase $Secret -Option $Quick).IsEncrypted | Should -BeTrue } finally { $env:PATH = $path }
        [IO.File]::Exists("$fake/said") | Should -BeTrue
    }

    It 'cannot encrypt a <_> image, and the error says what can' -ForEach 'raw', 'vmdk' {
        $failure = Get-Failure { New-QemuDisk "$TestFolder/not.$_" 1MB -Passphrase $Secret }
        ($failure.FullyQualifiedErrorId -split ',')[0] | Should -Be 'NotSupported'
        $failure.ErrorDetails.RecommendedAction | Should -Match 'Qcow2'
    }
}
