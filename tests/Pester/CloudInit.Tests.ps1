BeforeAll {
    . $PSScriptRoot/Support/Session.ps1
    Enter-TestSession
    $key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKw8 anna@laptop'

    # The files of a seed, as any reader of CD images finds them.
    function Get-SeedFile([string] $Path, [string] $Name) { (& bsdtar -xOf $Path $Name) -join "`n" }
}

AfterAll { Exit-TestSession }

Describe 'New-QemuCloudInitDisk' {
    It 'makes a CD image that cloud-init looks for: by its label, with these names' {
        $seed = New-QemuCloudInitDisk "$TestFolder/seed.iso" -HostName web -SshPublicKey $key

        $seed | Should -BeOfType ([QemuPS.QemuDisk])
        $seed.Format | Should -Be 'raw'
        (& blkid -p -o value -s TYPE $seed.Path) | Should -Be 'iso9660'
        (& blkid -p -o value -s LABEL $seed.Path) | Should -Be 'cidata'
        & bsdtar -tf $seed.Path | Where-Object { $_ -ne '.' } | Should -Be 'meta-data', 'user-data'
        [IO.File]::GetUnixFileMode($seed.Path) | Should -Be ([IO.UnixFileMode] 'UserRead, UserWrite')
    }

    It 'gives keys to the user that the image has, and to a new one where it is named' {
        $null = New-QemuCloudInitDisk "$TestFolder/own.iso" -SshPublicKey $key
        $null = New-QemuCloudInitDisk "$TestFolder/named.iso" -UserName anna -SshPublicKey $key, "# a comment`n$key"

        Get-SeedFile "$TestFolder/own.iso" user-data | Should -Be "#cloud-config`nssh_authorized_keys:`n  - `"$key`""
        $named = Get-SeedFile "$TestFolder/named.iso" user-data
        $named | Should -Match "(?m)^  - name: `"anna`"$"
        $named | Should -Match '(?m)^    lock_passwd: true$'
        [regex]::Matches($named, [regex]::Escape($key)).Count | Should -Be 2
    }

    It 'has the hash of a password, never the password, and it is the one that Linux makes' {
        $password = ConvertTo-SecureString "pa`"s`$ wörd" -AsPlainText -Force
        $null = New-QemuCloudInitDisk "$TestFolder/password.iso" -UserName anna -Password $password

        $userData = Get-SeedFile "$TestFolder/password.iso" user-data
        [Text.Encoding]::UTF8.GetString([IO.File]::ReadAllBytes("$TestFolder/password.iso")) | Should -Not -Match 'wörd'
        $hash = [regex]::Match($userData, '(?m)^    passwd: "(\$6\$([./0-9A-Za-z]{16})\$[./0-9A-Za-z]{86})"$')
        $hash.Success | Should -BeTrue
        (& openssl passwd -6 -salt $hash.Groups[2].Value "pa`"s`$ wörd") | Should -Be $hash.Groups[1].Value
    }

    It 'takes whole documents: a hashtable, text, a file' {
        [IO.File]::WriteAllText("$TestFolder/network.yaml", "version: 2`n")
        $null = New-QemuCloudInitDisk "$TestFolder/whole.iso" -UserData @{ hostname = 'db'; runcmd = @('echo "hi"') } -MetaData "instance-id: mine`nlocal-hostname: db`n" -NetworkConfig "$TestFolder/network.yaml"

        $userData = Get-SeedFile "$TestFolder/whole.iso" user-data
        $userData | Should -Match '^#cloud-config\n'
        ($userData -replace '^#cloud-config' | ConvertFrom-Json).runcmd | Should -Be 'echo "hi"'
        Get-SeedFile "$TestFolder/whole.iso" meta-data | Should -Be "instance-id: mine`nlocal-hostname: db"
        Get-SeedFile "$TestFolder/whole.iso" network-config | Should -Be 'version: 2'
    }

    It 'gives each seed an identity of its own: cloud-init sets a machine up once for each' {
        $ids = 'a', 'b' | ForEach-Object {
            $null = New-QemuCloudInitDisk "$TestFolder/$_.iso" -SshPublicKey $key
            Get-SeedFile "$TestFolder/$_.iso" meta-data
        }

        $ids[0] | Should -Match '^instance-id: "[0-9a-f-]{36}"$'
        $ids[0] | Should -Not -Be $ids[1]
    }

    It 'takes a file of many sectors as it is' {
        $text = "#!/bin/sh`n" + ("echo 0123456789`n" * 1000)
        $null = New-QemuCloudInitDisk "$TestFolder/large.iso" -UserData $text

        Get-SeedFile "$TestFolder/large.iso" user-data | Should -Be $text.TrimEnd()
    }

    It 'refuses <What>' -ForEach @(
        @{ What = 'a path for a key'; Arguments = @{ SshPublicKey = '~/.ssh/id_ed25519.pub' }; Id = 'InvalidOption' }
        @{ What = 'a private key'; Arguments = @{ SshPublicKey = '-----BEGIN OPENSSH PRIVATE KEY-----' }; Id = 'InvalidOption' }
        @{ What = 'user-data that cloud-init would ignore'; Arguments = @{ UserData = "hostname: web`n" }; Id = 'InvalidOption' }
        @{ What = 'a document that is not there'; Arguments = @{ UserData = 'ghost.yaml' }; Id = 'MediumNotFound' }
    ) {
        Get-FailureId { New-QemuCloudInitDisk "$TestFolder/never.iso" @Arguments } | Should -Be $Id
        [IO.File]::Exists("$TestFolder/never.iso") | Should -BeFalse
    }

    It 'replaces an image only when forced, and shows what it would do' {
        [IO.File]::WriteAllText("$TestFolder/mine.iso", 'mine')

        Get-FailureId { New-QemuCloudInitDisk "$TestFolder/mine.iso" -SshPublicKey $key } | Should -Be 'DiskExists'
        New-QemuCloudInitDisk "$TestFolder/mine.iso" -SshPublicKey $key -Force -WhatIf | Should -BeNullOrEmpty
        [IO.File]::ReadAllText("$TestFolder/mine.iso") | Should -Be 'mine'
        (New-QemuCloudInitDisk "$TestFolder/mine.iso" -SshPublicKey $key -Force).SizeBytes | Should -BeGreaterThan 50KB
    }

    It 'says when nobody could log in' {
        $null = New-QemuCloudInitDisk "$TestFolder/nobody.iso" -HostName x -WarningVariable said -WarningAction SilentlyContinue

        $said | Should -Match 'nobody can log in'
    }
}
